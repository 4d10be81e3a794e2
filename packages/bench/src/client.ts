/**
 * The near end of what is measured: connects to a path's port and uses the target's services.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import { BUFFER_BYTES, COUNT_BYTES, Service } from './service.js';

/** Sends `length` bytes and ends. @returns seconds until the target's count was back. @throws Error when it differs. */
export async function upload(port: number, length: number): Promise<number> {
  const socket = await open(port);
  const block = Buffer.alloc(BUFFER_BYTES, 'hybridge');
  const start = performance.now();
  socket.write(Uint8Array.of(Service.upload));
  for (let left = length; left > 0; left -= block.length) {
    if (!socket.write(left >= block.length ? block : block.subarray(0, left))) await once(socket, 'drain');
  }
  socket.end();
  const answer = await readAll(socket);
  const seconds = (performance.now() - start) / 1000;
  const counted = answer.length === COUNT_BYTES ? Number(answer.readBigUInt64BE(0)) : -1;
  if (counted !== length) throw new Error(`Of ${length} bytes up, ${counted} arrived`);
  return seconds;
}

/** Asks for `length` bytes. @returns seconds until the last of them was here. @throws Error when some are missing. */
export async function download(port: number, length: number): Promise<number> {
  let received = 0;
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const socket = await open(port, {
    buffer,
    callback: (bytesRead) => {
      received += bytesRead;
      return true;
    },
  });
  const request = Buffer.alloc(1 + COUNT_BYTES);
  request[0] = Service.download;
  request.writeBigUInt64BE(BigInt(length), 1);
  const start = performance.now();
  socket.write(request);
  socket.resume();
  await once(socket, 'end');
  const seconds = (performance.now() - start) / 1000;
  socket.end();
  if (received !== length) throw new Error(`Of ${length} bytes down, ${received} arrived`);
  return seconds;
}

/** A connection to the target's echo, on which one round trip has already been made. */
export class Echo {
  readonly #socket: net.Socket;
  #missing = 0;
  #arrived: () => void = () => undefined;
  #lost: (error: Error) => void = () => undefined;

  /** Connects and makes a round trip of one byte. */
  static async open(port: number): Promise<Echo> {
    const echo = new Echo(await open(port));
    await echo.roundTrip(Uint8Array.of(Service.echo, 0), 1);
    return echo;
  }

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.once('close', () => this.#lost(new Error('The connection was lost')));
    socket.on('data', (bytes: Buffer) => {
      this.#missing -= bytes.length;
      if (this.#missing === 0) this.#arrived();
    });
  }

  /** Sends the bytes and waits until as many, or `expected`, are back. */
  roundTrip(bytes: Uint8Array, expected: number = bytes.length): Promise<void> {
    this.#missing = expected;
    return new Promise((resolve, reject) => {
      this.#arrived = resolve;
      this.#lost = reject;
      this.#socket.write(bytes);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function open(port: number, onread?: net.OnReadOpts): Promise<net.Socket> {
  const options = { port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true };
  const socket = net.connect(onread === undefined ? options : { ...options, onread });
  await once(socket, 'connect');
  return socket;
}

async function readAll(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
