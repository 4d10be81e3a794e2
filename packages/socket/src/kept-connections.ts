/**
 * The connections that are kept to one server.
 *
 * Each is renewed before the server loses patience with it. One that the server ends earlier is replaced after a while,
 * and after a longer one each time that this happens again: a server that is out of reach, or has no room for silent
 * connections, is not besieged. None of it holds up the connection that is being made: what is missing is dialled a little
 * later.
 * @module
 */
import type { RelayConnection } from './relay-connection.js';

/** What keeping takes. */
export interface KeptConnectionsOptions {
  readonly size: number;
  /** Begins to connect. May throw. */
  readonly connect: () => RelayConnection;
  /** Whether to go on, given for how long nobody has dialled this server. */
  readonly isWanted: (unusedMs: number) => boolean;
}

/**
 * The oldest that a silent connection gets. Relays wait 30 s for a request, Azure's front ends longer, and one of ours
 * that is hard pressed 10 s, and then ends them, which is noticed.
 */
const MAX_AGE_MS = 20_000;

/**
 * How long to wait with what is missing. The connection that was taken has bytes under way now, which a handshake on the
 * same two machines would hold up; and several that are taken together are replaced together.
 */
const FILL_DELAY_MS = 10;

/** The first wait after a failure, and the longest. Each is twice the one before. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

interface Idle {
  readonly connection: RelayConnection;
  /** By the time of day, which goes on while a machine sleeps. */
  readonly renewAt: number;
}

/** Keeps them. */
export class KeptConnections {
  readonly #options: KeptConnectionsOptions;
  /** Open and silent, the oldest first. */
  readonly #idle: Idle[] = [];
  readonly #opening = new Set<RelayConnection>();
  #usedAt = Date.now();
  #failures = 0;
  #isClosed = false;
  /** Connections are dialled when it fires. */
  #filling: NodeJS.Timeout | undefined;
  /** None is dialled before it fires. */
  #waiting: NodeJS.Timeout | undefined;
  /** Fires when the oldest is to be renewed. */
  #renewing: NodeJS.Timeout | undefined;

  constructor(options: KeptConnectionsOptions) {
    this.#options = options;
  }

  /** Hands one over, if there is one. */
  take(): RelayConnection | undefined {
    for (let idle = this.#idle.shift(); idle !== undefined; idle = this.#idle.shift()) {
      const { connection, renewAt } = idle;
      if (Date.now() < renewAt) {
        this.#failures = 0;
        connection.ref();
        return connection;
      }
      connection.drop(); // the machine has slept
    }
    return undefined;
  }

  /** It is in use; sees to it that there are as many as there should be. */
  use(): void {
    this.#usedAt = Date.now();
    this.#fillSoon();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#filling);
    clearTimeout(this.#waiting);
    clearTimeout(this.#renewing);
    for (const { connection } of this.#idle.splice(0)) connection.drop();
    for (const connection of this.#opening) connection.drop();
    this.#opening.clear();
  }

  get #missing(): number {
    return this.#options.size - this.#idle.length - this.#opening.size;
  }

  #fillSoon(): void {
    if (this.#isClosed || this.#missing <= 0 || this.#filling !== undefined || this.#waiting !== undefined)
      return;
    this.#filling = setTimeout(() => {
      this.#filling = undefined;
      this.#fill();
    }, FILL_DELAY_MS).unref();
  }

  #fill(): void {
    try {
      while (this.#missing > 0 && this.#waiting === undefined) this.#dial();
    } catch {
      // Whoever dials hears of it: here it is only that there is nothing to be kept.
      this.#failed();
    }
  }

  #dial(): void {
    const connection = this.#options.connect();
    this.#opening.add(connection);
    connection.unref();
    const onGone = () => {
      const at = this.#idle.findIndex((idle) => idle.connection === connection);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#opening.delete(connection);
      this.#failed();
    };
    connection.sink = {
      onOpen: () => {
        this.#opening.delete(connection);
        // Not all at the same time: a quarter of the age is up to chance.
        const renewAt = Date.now() + MAX_AGE_MS * (1 - Math.random() / 4);
        this.#idle.push({ connection, renewAt });
        this.#watchAge();
      },
      onBytes: () => {
        // Nothing was asked: it is a 408, or something as unkind.
        connection.drop();
        onGone();
        return true;
      },
      onGone,
    };
  }

  #failed(): void {
    if (this.#isClosed || this.#waiting !== undefined) return;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined;
      if (this.#goesOn()) this.#fill();
    }, waitMs).unref();
  }

  #watchAge(): void {
    clearTimeout(this.#renewing);
    const first = Math.min(...this.#idle.map(({ renewAt }) => renewAt));
    this.#renewing = setTimeout(() => this.#renew(), Math.max(0, first - Date.now())).unref();
  }

  #renew(): void {
    const now = Date.now();
    const old = this.#idle.filter(({ renewAt }) => renewAt <= now);
    for (const idle of old) {
      this.#idle.splice(this.#idle.indexOf(idle), 1);
      idle.connection.drop();
      this.#failures = 0;
    }
    if (!this.#goesOn()) return;
    if (this.#idle.length > 0) this.#watchAge();
    this.#fillSoon();
  }

  /** Closes itself when nobody needs it any more. */
  #goesOn(): boolean {
    if (this.#options.isWanted(Date.now() - this.#usedAt)) return true;
    this.close();
    return false;
  }
}
