/**
 * Finds out that a control channel is dead although nobody said so: a cable was pulled, a NAT forgot the connection,
 * the machine slept.
 *
 * It pings, and it counts any frame from the relay as a sign of life. A tick that comes late, or a clock that jumped,
 * means that this process did not run for a while. Then what was heard before proves nothing any more: only the answer
 * to a new ping does, and it has to come soon.
 *
 * Source: docs/protocol.md, section 2.6.
 * @module
 */
import type { Clock, Timer } from './clock.js';

/** How often to ask and how long to wait, in milliseconds. */
export interface LivenessOptions {
  readonly clock: Clock;
  readonly pingIntervalMs: number;
  readonly livenessTimeoutMs: number;
  /** Sends a ping with this payload. */
  readonly ping: (payload: string) => void;
  /** Called once, when the channel counts as dead. Nothing is called after it. */
  readonly dead: (silentForMs: number) => void;
}

/** How often to look. Short enough to notice a sleep, long enough not to keep a machine from sleeping. */
const TICK_MS = 5_000;
/** A tick this much late was not held up by work alone. */
const LATE_MS = 5_000;
/** How long a live connection may take to answer after a sleep. */
const PROOF_MS = 3_000;

/** Watches one control channel, from its opening until `stop()`. */
export class Liveness {
  readonly #options: LivenessOptions;
  #timer: Timer;
  #tickDueAt: number;
  #pingDueAt: number;
  #heardAt: number;
  #deadAt: number;
  #pings = 0;
  /** The ping whose answer is wanted, after a sleep. */
  #proof: string | undefined;
  #stopped = false;

  constructor(options: LivenessOptions) {
    this.#options = options;
    const now = options.clock.now();
    this.#heardAt = now;
    this.#deadAt = now + options.livenessTimeoutMs;
    this.#pingDueAt = now + options.pingIntervalMs;
    this.#tickDueAt = now;
    this.#timer = this.#schedule(now);
  }

  /** A frame came. @param pong - its payload, when it was a pong */
  heard(pong?: string): void {
    if (this.#proof !== undefined && pong !== this.#proof) return;
    this.#proof = undefined;
    this.#heardAt = this.#options.clock.now();
    this.#deadAt = this.#heardAt + this.#options.livenessTimeoutMs;
  }

  /** Somebody has reason to doubt the connection: only the answer to a ping of now counts, and it has to come soon. */
  probe(): void {
    if (this.#stopped) return;
    const now = this.#options.clock.now();
    this.#timer.cancel();
    this.#demandProof(now);
    this.#timer = this.#schedule(now);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer.cancel();
  }

  #tick(): void {
    const now = this.#options.clock.now();
    if (Math.abs(now - this.#tickDueAt) > LATE_MS) {
      this.#demandProof(now);
    } else if (now >= this.#deadAt) {
      this.#stopped = true;
      this.#options.dead(now - this.#heardAt);
      return;
    } else if (now >= this.#pingDueAt) {
      this.#ping(now);
    }
    this.#timer = this.#schedule(now);
  }

  #demandProof(now: number): void {
    this.#proof = this.#ping(now);
    this.#deadAt = now + PROOF_MS;
  }

  #ping(now: number): string {
    this.#pings += 1;
    const payload = String(this.#pings);
    this.#pingDueAt = now + this.#options.pingIntervalMs;
    this.#options.ping(payload);
    return payload;
  }

  #schedule(now: number): Timer {
    const delayMs = Math.max(0, Math.min(TICK_MS, this.#deadAt - now, this.#pingDueAt - now));
    this.#tickDueAt = now + delayMs;
    const timer = this.#options.clock.setTimer(() => this.#tick(), delayMs);
    // The connection itself keeps the process alive, if it should be.
    timer.unref();
    return timer;
  }
}
