/**
 * The conversation with the manager at the other end, where that is one of ours.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0077.
 * @module
 */
import {
  formatProbeMessage,
  type ProbeFinding,
  ProbeLines,
  type ProbeMessage,
  parseProbeMessage,
} from '@hybridge/protocol';
import { type DataChannel, HybridConnectionSocket } from '@hybridge/socket';
import { type Limits, within } from './deadline.js';
import { CLOSE_MS } from './tunnel.js';

/** Words that are listened to at a time: more than a manager has addresses to tell of. */
const MAX_WORDS = 32;

/** A manager that answers for itself. */
export class FarManager {
  readonly #socket: HybridConnectionSocket;
  readonly #lines = new ProbeLines();
  /** What was said and not yet heard; `undefined` is the end. */
  readonly #said: (ProbeMessage | undefined)[] = [];
  #waiting: ((message: ProbeMessage | undefined) => void) | undefined;

  /** @param channel - open, and not started */
  constructor(channel: DataChannel) {
    this.#socket = new HybridConnectionSocket(async () => channel);
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text: string) => this.#heard(text));
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => this.#say(undefined));
  }

  /** Whether it says hello, as one that knows what it agreed to does. @throws `TimeoutError`; the signal's reason */
  async greets(limits: Limits): Promise<boolean> {
    return (await this.#next(limits))?.type === 'hello';
  }

  /** What it finds, and then `undefined`, unless it is gone before. @throws `TimeoutError`; the signal's reason */
  async *findings(limits: Limits): AsyncGenerator<ProbeFinding | undefined, void, undefined> {
    for (let heard = 0; heard < MAX_WORDS; heard += 1) {
      const message = await this.#next(limits);
      if (message === undefined) return;
      if (message.type === 'done') yield undefined;
      if (message.type === 'finding') yield message;
    }
  }

  /** Sends it a number and has it back. @returns whether it came. @throws `TimeoutError`; the signal's reason */
  async ping(number: number, { timeoutMs, signal }: Limits): Promise<boolean> {
    const until = performance.now() + timeoutMs;
    this.#socket.write(formatProbeMessage({ type: 'ping', number }));
    for (let heard = 0; heard < MAX_WORDS; heard += 1) {
      const message = await this.#next({ timeoutMs: Math.max(0, until - performance.now()), signal });
      if (message === undefined) return false;
      if (message.type === 'pong' && message.number === number) return true;
    }
    return false;
  }

  /** Leaves it in order; one that does not let go is cut, so that no process waits for it. */
  leave(): void {
    this.#socket.end();
    this.#socket.resume();
    const cut = setTimeout(() => this.#socket.destroy(), CLOSE_MS);
    this.#socket.once('close', () => clearTimeout(cut));
  }

  /** Leaves it as it is. */
  abort(): void {
    this.#socket.destroy();
  }

  #next(limits: Limits): Promise<ProbeMessage | undefined> {
    return within(limits, () => {
      if (this.#said.length > 0) return Promise.resolve(this.#said.shift());
      if (this.#socket.destroyed) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        this.#waiting = resolve;
      });
    });
  }

  #heard(text: string): void {
    try {
      for (const line of this.#lines.add(text)) this.#say(parseProbeMessage(line));
    } catch {
      this.#socket.destroy();
    }
  }

  #say(message: ProbeMessage | undefined): void {
    const { length } = this.#said;
    // Nobody has so much to say.
    if (length > MAX_WORDS * 2) this.#socket.destroy();
    else if (this.#waiting === undefined) this.#said.push(message);
    else {
      this.#waiting(message);
      this.#waiting = undefined;
    }
  }
}
