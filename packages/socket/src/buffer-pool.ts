/**
 * The large read buffers of a process, for the connections that are busy.
 *
 * The first of them lie in the memory in which masks are fastest (`maskMemory()` of the protocol), which is of a fixed
 * size. When all of those are taken, smaller ones come from the heap, of which a few wait for the next busy connection.
 * A buffer belongs to the one who took it until it is given back, and it must not be given back while anybody may still
 * read it: one that never comes back is only missing from the pool.
 * @module
 */
import { maskMemory } from '@hybridge/protocol';

/** Room before the bytes of every read, for the header of a frame that is put before them. */
export const HEADROOM_BYTES = 16;

/**
 * A read fills at most as much. Measured (docs/decisions/0052): 256 KiB need 3 % more processor time, 1 MiB as much less,
 * and a connection whose peer does not read would hold that MiB. What no read has filled takes no memory.
 */
export const LARGE_BYTES = 512 * 1024;

/** Half of it, since buffers of the heap are not bounded in number. */
const HEAP_BYTES = 256 * 1024;

/** How many buffers of the heap wait for the next busy connection; the rest is left to the garbage collector. */
const SPARE_BUFFERS = 16;

/** The most that lands in the buffer of all idle connections; libuv reads as much at a time by default. */
export const LANDING_BYTES = 64 * 1024;

/** How many copies wait for the next one that is lent. */
const SPARE_COPIES = 16;

/** Buffers begin at a multiple of this, the length of a cache line. */
const ALIGNMENT_BYTES = 64;

/** The least that a buffer of the pool takes behind its headroom. */
export const MIN_BUFFER_BYTES = HEAP_BYTES;

/** Hands out large buffers. */
export class BufferPool {
  readonly #memory: () => ArrayBuffer | undefined;
  #inside: Buffer[] | undefined;
  readonly #spare: Buffer[] = [];
  #copy: Buffer | undefined;
  readonly #spareCopies: Buffer[] = [];

  /** @param memory - what the first buffers are cut from, asked for when the first is taken. */
  constructor(memory: () => ArrayBuffer | undefined = maskMemory) {
    this.#memory = memory;
  }

  /** A buffer of {@link HEADROOM_BYTES} and at least {@link MIN_BUFFER_BYTES} more. */
  take(): Buffer {
    return this.#fromMemory.pop() ?? this.#spare.pop() ?? Buffer.allocUnsafeSlow(HEADROOM_BYTES + HEAP_BYTES);
  }

  /**
   * Copies what has landed, `bytes[0..length)`, behind a headroom.
   * @returns a buffer that the next copy overwrites, unless {@link BufferPool.keepCopy} is called before.
   */
  copyOf(bytes: Buffer, length: number): Buffer {
    this.#copy ??= this.#spareCopies.pop() ?? Buffer.allocUnsafeSlow(HEADROOM_BYTES + LANDING_BYTES);
    bytes.copy(this.#copy, HEADROOM_BYTES, 0, length);
    return this.#copy;
  }

  /** Leaves the latest copy to the caller, because somebody still reads it. */
  keepCopy(): Buffer {
    const copy = this.#copy!;
    this.#copy = undefined;
    return copy;
  }

  /** Takes back what it gave, and nobody uses any more. Other buffers are left alone. */
  give(buffer: Buffer): void {
    if (buffer.length === HEADROOM_BYTES + LANDING_BYTES) {
      if (this.#spareCopies.length < SPARE_COPIES) this.#spareCopies.push(buffer);
      return;
    }
    if (buffer.length === HEADROOM_BYTES + LARGE_BYTES) this.#fromMemory.push(buffer);
    else if (buffer.length === HEADROOM_BYTES + HEAP_BYTES && this.#spare.length < SPARE_BUFFERS)
      this.#spare.push(buffer);
  }

  get #fromMemory(): Buffer[] {
    this.#inside ??= slices(this.#memory());
    return this.#inside;
  }

  /** @internal How many buffers of the memory are in nobody's hands. */
  get left(): number {
    return this.#fromMemory.length;
  }
}

/** The pool that all connections of a process share. */
export const sharedPool = new BufferPool();

/** Cuts the memory into buffers, so that the first are taken first and the rest of it may stay untouched. */
function slices(memory: ArrayBuffer | undefined): Buffer[] {
  const buffers: Buffer[] = [];
  if (memory === undefined) return buffers;
  const length = HEADROOM_BYTES + LARGE_BYTES;
  const step = Math.ceil(length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  for (let at = 0; at + length <= memory.byteLength; at += step)
    buffers.unshift(Buffer.from(memory, at, length));
  return buffers;
}
