/**
 * Whether this process is running out of descriptors, and says so.
 *
 * Each connection takes one. Where none is left, libuv closes what comes at once, and tells nobody: senders and
 * listeners see a connection that ends without an answer, and the relay sees nothing. So the relay counts what it has
 * open, once a second, and warns before it is too late. A shortage that is over within a second may go unnoticed.
 *
 * Source: proc(5). On Linux only; elsewhere there is no cheap way to count, and there is no status.
 * @module
 */
import { statSync } from 'node:fs';
import { descriptorLimit, openDescriptors } from '@hybridge/service';
import type { Directory } from './directory/directory.js';
import type { Logger } from './logger.js';

const LOOK_MS = 1_000;

/** Where counting means to list them all, it takes a millisecond for each thousand. */
const SELDOM_MS = 10_000;

/** The share of them that may be open before there is a warning. */
const LOW = 0.9;

/** How often one and the same thing is said at most. */
const SAY_MS = 60_000;

/** For files, the event loop, the listening ports, and libuv's own reserve. */
const OWN = 50;

const ADVICE = 'raise ulimit -n, LimitNOFILE= of a service';

/** Descriptors of a process. */
export interface DescriptorStatus {
  readonly open: number;
  /** How many it may have open: `ulimit -n`. */
  readonly limit: number;
  /** How often since the start there was none left, as far as was noticed: new connections were closed unanswered. */
  readonly shortages: number;
  /** When that was last. */
  readonly lastShortageAt: Date | undefined;
}

/** What a watch works with. */
export interface DescriptorWatchOptions {
  readonly logger: Logger;
  /** In milliseconds since 1970. */
  readonly now: () => number;
  /** How many there may be. @defaultValue what this process may have */
  readonly limit?: number | undefined;
  /** Counts those that are open. @defaultValue those of this process */
  readonly count?: () => number;
}

type Level = 'plenty' | 'low' | 'none';

/** Looks after the descriptors of this process. */
export class DescriptorWatch {
  readonly #options: DescriptorWatchOptions;
  readonly #limit: number | undefined;
  readonly #count: () => number;
  readonly #saidAt = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #level: Level = 'plenty';
  #shortages = 0;
  #lastShortageAt: Date | undefined;

  constructor(options: DescriptorWatchOptions) {
    this.#options = options;
    this.#limit = 'limit' in options ? options.limit : descriptorLimit();
    this.#count = options.count ?? openDescriptors;
  }

  /** `undefined` where the system does not tell. */
  get status(): DescriptorStatus | undefined {
    if (this.#limit === undefined) return undefined;
    const limit = this.#limit;
    return { open: this.#open(), limit, shortages: this.#shortages, lastShortageAt: this.#lastShortageAt };
  }

  /** Begins to look, in regular intervals. */
  start(): void {
    if (this.#limit === undefined) return;
    this.#timer = setInterval(() => this.look(), canCountCheaply() ? LOOK_MS : SELDOM_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks once. */
  look(): void {
    if (this.#limit === undefined) return;
    const open = this.#open();
    const before = this.#level;
    this.#level = open >= this.#limit - 1 ? 'none' : open >= this.#limit * LOW ? 'low' : 'plenty';
    const facts = { open, limit: this.#limit };
    if (this.#level === 'none') {
      if (before !== 'none') this.#shortage();
      this.#say(`No descriptor is left, and new connections are closed without an answer: ${ADVICE}`, facts);
    } else if (this.#level === 'low') {
      this.#say(`Descriptors run low: ${ADVICE}`, facts);
    }
  }

  /** A listening port could not take a connection. @param error - Node's own */
  acceptFailed(error: NodeJS.ErrnoException): void {
    if (isShortage(error)) this.#shortage();
    this.#say(`A connection could not be taken${isShortage(error) ? `: ${ADVICE}` : ''}`, {
      code: error.code,
      error: error.message,
    });
  }

  /** Warns when there may be more connections than descriptors. @param needed - by {@link descriptorsNeeded} */
  check(needed: number): void {
    if (this.#limit === undefined || this.#limit >= needed) return;
    this.#options.logger.warn(
      `There are fewer descriptors than the limits of connections need: ${ADVICE}, or set lower limits`,
      { needed, limit: this.#limit },
    );
  }

  #shortage(): void {
    this.#shortages += 1;
    this.#lastShortageAt = new Date(this.#options.now());
  }

  /** Counting by a list takes a descriptor itself. */
  #open(): number {
    try {
      return this.#count();
    } catch (error) {
      if (isShortage(error as NodeJS.ErrnoException)) return this.#limit ?? 0;
      throw error;
    }
  }

  #say(message: string, fields: Record<string, unknown>): void {
    const now = this.#options.now();
    const saidAt = this.#saidAt.get(message);
    if (saidAt !== undefined && now - saidAt < SAY_MS && now >= saidAt) return;
    this.#saidAt.set(message, now);
    this.#options.logger.warn(message, fields);
  }
}

/**
 * What one process needs when all is used that the limits allow: two for each joined connection, one for each listener
 * and each handshake.
 * @param handshakes - that it takes at once
 * @param processes - that share the connections; who gets which is chance, and nearly even
 */
export function descriptorsNeeded({ namespaces }: Directory, handshakes: number, processes: number): number {
  const connections = namespaces.reduce((sum, { limits, hybridConnections }) => {
    return sum + 2 * limits.connections + limits.listenersPerHybridConnection * hybridConnections.length;
  }, 0);
  return OWN + handshakes + Math.ceil(connections / processes);
}

function canCountCheaply(): boolean {
  return statSync('/proc/self/fd').size > 0;
}

function isShortage({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EMFILE' || code === 'ENFILE';
}
