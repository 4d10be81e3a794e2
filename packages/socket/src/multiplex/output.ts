/**
 * The way out of a session: many streams, one buffer, one write in a turn of the event loop.
 *
 * Frames are copied into the buffer as they come and leave together: at the end of the turn, or as soon as it is full.
 * While the kernel has the buffer nothing is copied, and streams wait in a queue; then each in its turn puts in one
 * slice. So what a session holds of what it sends is this buffer, and who sends a lot delays others by a slice each.
 * @module
 */
import { MULTIPLEX_HEADER_BYTES } from '@hybridge/protocol';
import { HEADROOM_BYTES } from '../buffer-pool.js';

/** Below this much room a stream is not asked for a slice: tiny frames would cost more than they carry. */
const LEAST_ROOM_BYTES = 1024;

/** Ours: one system call moves much, and what is in front of a small frame is not too long. */
const BUFFER_BYTES = 256 * 1024;

/** How many buffers wait for the next session that sends; the rest is left to the garbage collector. */
const SPARE_BUFFERS = 4;

const spare: Buffer[] = [];

/** Where the frames go. */
export interface OutputChannel {
  /** As `Channel.sendInPlace`. */
  sendInPlace(bytes: Buffer, start: number, end: number): boolean;
}

/** A stream that may have something to send. */
export interface Slicer {
  /**
   * Writes one slice, a frame with its header, at `target[at..end)`.
   * @returns the offset behind it.
   */
  fill(target: Buffer, at: number, end: number): number;
  /** Whether there is more that could be sent now. */
  readonly hasMore: boolean;
}

/** What one session sends. */
export class SessionOutput {
  readonly #channel: OutputChannel;
  /** Frames of the session and of streams' states, which come before data. */
  #frames: Buffer[] = [];
  /** In the order in which they get their turn. */
  readonly #slicers = new Set<Slicer>();
  #buffer: Buffer | undefined;
  #end = HEADROOM_BYTES;
  /** The kernel has not taken the buffer yet. */
  #lent = false;
  #pumping = false;
  #scheduled = false;
  #closed = false;
  readonly #onTurnEnd = (): void => {
    this.#scheduled = false;
    if (!this.#lent && !this.#closed) this.#send();
  };

  constructor(channel: OutputChannel) {
    this.#channel = channel;
  }

  /** How many frames wait that a peer may have caused, and does not read. */
  get backlog(): number {
    return this.#frames.length;
  }

  /** Sends a frame, before any data that is not in the buffer yet. */
  frame(frame: Buffer): void {
    if (this.#closed) return;
    this.#frames.push(frame);
    this.#pump();
  }

  /** The stream has something to send. */
  ready(slicer: Slicer): void {
    if (this.#closed) return;
    this.#slicers.add(slicer);
    this.#pump();
  }

  /** The stream has nothing more to send. */
  forget(slicer: Slicer): void {
    this.#slicers.delete(slicer);
  }

  /** The kernel has taken what was sent. */
  onDrain(): void {
    this.#lent = false;
    this.#pump();
  }

  /** Sends what is in the buffer now, rather than at the end of the turn. */
  flush(): void {
    this.#pump();
    if (!this.#lent && !this.#closed) this.#send();
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
    this.#frames = [];
    this.#slicers.clear();
    if (!this.#lent) this.#release();
  }

  #pump(): void {
    // Whoever is told during a slice that there is room may call again.
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.#lent && !this.#closed && this.#isPending) {
      if (!this.#fill()) this.#send();
    }
    this.#pumping = false;
    if (this.#lent || this.#scheduled) return;
    if (this.#end === HEADROOM_BYTES) {
      this.#release();
      return;
    }
    this.#scheduled = true;
    setImmediate(this.#onTurnEnd);
  }

  get #isPending(): boolean {
    return this.#frames.length > 0 || this.#slicers.size > 0;
  }

  /** @returns whether everything found room. */
  #fill(): boolean {
    this.#buffer ??= spare.pop() ?? Buffer.allocUnsafeSlow(HEADROOM_BYTES + BUFFER_BYTES);
    if (!this.#fillFrames(this.#buffer)) return false;
    for (const slicer of this.#slicers) {
      if (this.#buffer.length - this.#end < MULTIPLEX_HEADER_BYTES + LEAST_ROOM_BYTES) return false;
      this.#slicers.delete(slicer);
      this.#end = slicer.fill(this.#buffer, this.#end, this.#buffer.length);
      // Behind the others, where this iteration finds it again.
      if (slicer.hasMore) this.#slicers.add(slicer);
    }
    return this.#frames.length === 0;
  }

  #fillFrames(buffer: Buffer): boolean {
    const frames = this.#frames;
    for (let i = 0; i < frames.length; i += 1) {
      const frame = frames[i]!;
      if (this.#end + frame.length > buffer.length) {
        this.#frames = frames.slice(i);
        return false;
      }
      this.#end += frame.copy(buffer, this.#end);
    }
    if (frames.length > 0) this.#frames = [];
    return true;
  }

  #send(): void {
    const end = this.#end;
    this.#end = HEADROOM_BYTES;
    if (end > HEADROOM_BYTES) this.#lent = !this.#channel.sendInPlace(this.#buffer!, HEADROOM_BYTES, end);
    if (!this.#lent && !this.#isPending) this.#release();
  }

  #release(): void {
    if (this.#buffer !== undefined && spare.length < SPARE_BUFFERS) spare.push(this.#buffer);
    this.#buffer = undefined;
  }
}
