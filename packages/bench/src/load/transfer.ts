/**
 * Many bytes: up to the target, down from it, or both at once. Every count is checked.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import { BUFFER_BYTES, COUNT_BYTES, Service, transferRequest } from './service.js';
import { writeBlocks } from './write-blocks.js';

/** Which way the bytes go. */
export type Direction = 'up' | 'down' | 'both';

/** A transfer over one or more connections at once. */
export interface Transfer {
  readonly direction: Direction;
  /** Bytes of all connections together; with `both`, so many each way. */
  readonly bytes: number;
  readonly streams: number;
  /** Bytes of one write of the client. The target writes in blocks of 256 KiB. */
  readonly writeBytes: number;
}

/**
 * Moves the bytes.
 * @returns seconds from the first byte on open connections until the last byte, or the target's count, is back.
 * @throws Error when a byte is missing.
 */
export async function transfer(port: number, what: Transfer): Promise<number> {
  const length = Math.ceil(what.bytes / what.streams);
  const streams = await Promise.all(Array.from({ length: what.streams }, () => Stream.open(port)));
  const start = performance.now();
  try {
    await Promise.all(streams.map((stream) => stream.move(what.direction, length, what.writeBytes)));
    return (performance.now() - start) / 1000;
  } finally {
    for (const stream of streams) stream.close();
  }
}

/** One connection of a transfer. */
class Stream {
  readonly #socket: net.Socket;
  #received = 0;
  #tail: Buffer = Buffer.alloc(0);

  static async open(port: number): Promise<Stream> {
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    let stream: Stream | undefined;
    const callback = (length: number) => {
      stream?.onBytes(buffer.subarray(0, length));
      return true;
    };
    stream = new Stream(await dial(port, { buffer, callback }));
    return stream;
  }

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
  }

  onBytes(bytes: Buffer): void {
    this.#received += bytes.length;
    // The last bytes are the target's count.
    const tail = bytes.subarray(Math.max(0, bytes.length - COUNT_BYTES));
    this.#tail = Buffer.concat([this.#tail, tail]).subarray(-COUNT_BYTES);
  }

  async move(direction: Direction, length: number, writeBytes: number): Promise<void> {
    const ended = Promise.race([once(this.#socket, 'end'), once(this.#socket, 'close')]);
    const service = { up: Service.upload, down: Service.download, both: Service.both }[direction];
    this.#socket.write(transferRequest(service, length));
    this.#socket.resume();
    if (direction !== 'down') await writeBlocks(this.#socket, length, writeBytes);
    await ended;
    const expected = { up: COUNT_BYTES, down: length, both: length + COUNT_BYTES }[direction];
    if (this.#received !== expected) throw new Error(`Of ${expected} bytes down, ${this.#received} arrived`);
    const counted = direction === 'down' ? length : Number(this.#tail.readBigUInt64BE(0));
    if (counted !== length) throw new Error(`Of ${length} bytes up, ${counted} arrived`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Connects, with reads into a buffer of the caller when one is given. */
export async function dial(port: number, onread?: net.OnReadOpts): Promise<net.Socket> {
  const options = { port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true };
  const socket = net.connect(onread === undefined ? options : { ...options, onread });
  await once(socket, 'connect');
  return socket;
}
