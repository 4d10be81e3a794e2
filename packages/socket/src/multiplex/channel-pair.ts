/**
 * Two ends of a connection in memory, for tests of what runs over a channel.
 *
 * It is as unkind as the interface allows: what was lent for a call is overwritten after it, what is lent until a drain
 * is read only then, and bytes arrive cut into pieces.
 * @module
 */
import type { Close, RelayError } from '@hybridge/protocol';
import type { Channel, WriteCallback } from '../channel.js';
import { NO_ADDRESSES } from '../socket-addresses.js';

const ENDED: Close = { code: 1000, reason: '' };

interface Sent {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** One end. */
export class PairedChannel implements Channel {
  onData: (payload: Buffer) => boolean = () => true;
  onReadEnd: () => boolean = () => true;
  onEnd: (close: Close) => void = () => undefined;
  onCut: (cause: RelayError) => void = () => undefined;
  onDrain: () => void = () => undefined;
  onClose: () => void = () => undefined;
  readonly addresses = NO_ADDRESSES;
  bytesRead = 0;
  bytesWritten = 0;
  queuedBytes = 0;
  isRef = true;
  isOver = false;
  /** While it is set, nothing that this end sends is taken: its writes stay lent. */
  stuck = false;
  peer!: PairedChannel;
  readonly #sent: Sent[] = [];
  readonly #chunkBytes: number;
  #started = false;
  #ended = false;
  #peerEnded = false;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  /** Two ends of one connection. @param chunkBytes - how much arrives at once. */
  static pair(chunkBytes = 40_000): readonly [PairedChannel, PairedChannel] {
    const [a, b] = [new PairedChannel(chunkBytes), new PairedChannel(chunkBytes)];
    a.peer = b;
    b.peer = a;
    return [a, b];
  }

  start(): void {
    this.#started = true;
    setImmediate(() => this.peer.carry());
  }
  resume(): void {}
  sendAll(pieces: readonly Uint8Array[], done: WriteCallback): void {
    const bytes = Buffer.concat(pieces);
    this.sendInPlace(bytes, 0, bytes.length);
    setImmediate(done);
  }
  sendInPlace(bytes: Buffer, start: number, end: number): boolean {
    if (this.#ended || this.isOver) return true;
    this.bytesWritten += end - start;
    this.#sent.push({ bytes, start, end });
    setImmediate(() => this.carry());
    return false;
  }
  end(): void {
    this.#ended = true;
    setImmediate(() => this.carry());
  }
  abort(): void {
    this.lose();
    setImmediate(() => this.peer.cut());
  }
  ref(): void {
    this.isRef = true;
  }
  unref(): void {
    this.isRef = false;
  }
  setKeepAlive(): void {}

  /** The connection breaks, as this end sees it. */
  cut(): void {
    if (this.isOver) return;
    this.onCut(Object.assign(new Error('cut'), { code: 'ERR_RELAY_CUT' }) as RelayError);
    this.lose();
  }

  lose(): void {
    if (this.isOver) return;
    this.isOver = true;
    setImmediate(() => this.onClose());
  }

  /** Takes what this end has sent to the other one. */
  carry(): void {
    if (this.stuck || this.isOver || !this.peer.#started) return;
    const sent = this.#sent.splice(0);
    for (const { bytes, start, end } of sent) {
      for (let at = start; at < end; at += this.#chunkBytes) {
        this.peer.#receive(Buffer.from(bytes.subarray(at, Math.min(end, at + this.#chunkBytes))));
      }
      bytes.fill(0xee, start, end);
    }
    if (sent.length > 0) this.onDrain();
    if (this.#ended && this.#sent.length === 0) this.peer.#receiveEnd();
  }

  #receive(bytes: Buffer): void {
    if (this.isOver) return;
    this.bytesRead += bytes.length;
    this.onData(bytes);
    this.onReadEnd();
    bytes.fill(0xdd);
  }

  #receiveEnd(): void {
    if (this.#peerEnded || this.isOver) return;
    this.#peerEnded = true;
    this.onEnd(ENDED);
    setImmediate(() => {
      if (!this.#ended) return;
      this.lose();
      this.peer.lose();
    });
  }
}
