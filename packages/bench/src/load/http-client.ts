/**
 * A sender that costs little itself: requests as bytes on kept connections, one at a time on each.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';

/** A connection that asks the same thing again and again. */
export class Asker {
  readonly #socket: net.Socket;
  readonly #request: Buffer;
  #received = '';
  #missing = -1;
  /** Length of an answer that came in one piece, head and body. */
  #usual = -1;
  #answered: () => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;

  private constructor(socket: net.Socket, request: Buffer) {
    this.#socket = socket;
    this.#request = request;
    socket.on('error', () => undefined);
    socket.once('close', () => this.#failed(new Error('The connection was lost')));
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
  }

  /** Connects. */
  static async open(port: number, request: Buffer): Promise<Asker> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Asker(socket, request);
  }

  /** Asks once. Rejects when the answer is not 200. */
  ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(this.#request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    // What is asked is always the same, and so is the length of the answer; parsing it would take longer than a hop does.
    if (bytes.length === this.#usual && this.#missing === -1 && this.#received === '' && isOk(bytes)) {
      this.#answered();
      return;
    }
    if (this.#missing === -1) {
      this.#received += bytes.toString('latin1');
      const end = this.#received.indexOf('\r\n\r\n');
      if (end === -1) return;
      const head = this.#received.slice(0, end);
      const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
      if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) {
        this.#failed(new Error(`The answer was ${head.slice(0, 200)}`));
        return;
      }
      this.#missing = Number(length) - (this.#received.length - end - 4);
      if (this.#missing === 0) this.#usual = this.#received.length;
      this.#received = '';
    } else {
      this.#missing -= bytes.length;
    }
    if (this.#missing > 0) return;
    this.#missing = -1;
    this.#answered();
  }
}

/** Whether an answer begins with `HTTP/1.1 200`. */
function isOk(bytes: Buffer): boolean {
  return bytes[9] === 0x32 && bytes[10] === 0x30 && bytes[11] === 0x30;
}

/** How many requests a second are answered when `askers` ask at once, for about `ms` milliseconds. */
export async function rate(askers: readonly Asker[], ms: number): Promise<number> {
  const start = performance.now();
  let answered = 0;
  await Promise.all(
    askers.map(async (asker) => {
      for (; performance.now() - start < ms; answered += 1) await asker.ask();
    }),
  );
  return answered / ((performance.now() - start) / 1000);
}
