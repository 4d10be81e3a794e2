/**
 * One end of a connection under random use: it acts, checks every byte that comes, and remembers how it went.
 * @module
 */
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../deadline.js';
import { isHiddenReset } from '../traffic.js';
import type { Act, Side } from './action.js';
import { isStream, streamBytes } from './stream-bytes.js';

/** Far above what any end needs after its script; a relayed connection that lingers does so for 5 s. */
const SETTLE_MS = 30_000;

/** What a stream may hold for its reader: its own mark, and one read of the connection's (256 KiB). */
const MAX_HELD_BYTES = 512 * 1024;

/** An end, its connection open or opening. */
export class End {
  readonly side: Side;
  readonly socket: Duplex;
  sent = 0;
  received = 0;
  /** `end()` was called. */
  ended = false;
  /** It was broken off from here, while it was open. */
  cut = false;
  sawEnd = false;
  error: NodeJS.ErrnoException | undefined;
  /** What must not happen and is seen at once. */
  readonly wrong: string[] = [];
  readonly #cut: (socket: Duplex) => void;
  readonly #closed: Promise<void>;

  /** @param cut - breaks the connection off so that the other end must see a failure. */
  constructor(side: Side, socket: Duplex, cut: (socket: Duplex) => void) {
    this.side = side;
    this.socket = socket;
    this.#cut = cut;
    const seed = side === 'left' ? RIGHT : LEFT;
    socket.on('data', (bytes: Buffer) => {
      if (!isStream(bytes, seed, this.received)) this.#fault(`other bytes at ${this.received}`);
      if (this.sawEnd) this.#fault('data after the end');
      this.received += bytes.length;
    });
    socket.once('end', () => {
      if (isHiddenReset(socket)) this.error = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      else this.sawEnd = true;
    });
    socket.once('error', (error) => {
      this.error ??= error;
    });
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  async act(act: Act): Promise<void> {
    const { socket } = this;
    if (act.do === 'write') this.#write(act.bytes);
    else if (act.do === 'burst') for (let i = 0; i < act.times; i += 1) this.#write(act.bytes);
    else if (act.do === 'pause') socket.pause();
    else if (act.do === 'resume') socket.resume();
    else if (act.do === 'end') this.#end();
    else if (act.do === 'cut') this.#breakOff();
    else if (act.do === 'wait') await sleep(act.ms);
    else for (let i = 0; i < act.count; i += 1) await new Promise(setImmediate);
    if (socket.readableLength > MAX_HELD_BYTES) this.#fault(`${socket.readableLength} bytes held`);
  }

  /** Reads what is still to come, ends what is still open, and waits until all is over. */
  async settle(): Promise<void> {
    this.socket.resume();
    this.#end();
    await within(this.#closed, SETTLE_MS, `the ${this.side} end to close`);
  }

  #write(bytes: number): void {
    if (!this.#writable) return;
    this.socket.write(streamBytes(this.side === 'left' ? LEFT : RIGHT, this.sent, bytes));
    this.sent += bytes;
  }

  #end(): void {
    if (!this.#writable) return;
    this.ended = true;
    this.socket.end();
  }

  #breakOff(): void {
    if (this.socket.destroyed) return;
    this.cut = true;
    this.#cut(this.socket);
  }

  get #writable(): boolean {
    return !this.ended && !this.cut && !this.socket.destroyed;
  }

  #fault(what: string): void {
    this.wrong.push(`${this.side}: ${what}`);
  }
}

const LEFT = 1;
const RIGHT = 2;
