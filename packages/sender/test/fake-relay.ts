/**
 * The least of a relay that a sender can be tested against: it refuses, says nothing, or is the listener itself and
 * sends back what it gets.
 *
 * It is written apart from the real one, from docs/protocol.md and RFC 6455, so that both are not wrong in the same way.
 */
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** What the relay does with a sender. */
export type Answer =
  | { readonly status: number; readonly reason: string }
  | { readonly accept: 'echo' | 'cut' }
  | 'silence';

export interface Received {
  readonly url: URL;
  readonly headers: http.IncomingHttpHeaders;
}

export class FakeRelay {
  answer: Answer = { accept: 'echo' };
  /** The senders that came. */
  readonly received: Received[] = [];
  /** How often a sender that is sent back its data has said that it ends. */
  ends = 0;
  readonly #server = http.createServer();
  readonly #sockets = new Set<Duplex>();

  async start(): Promise<this> {
    this.#server.on('upgrade', (request, socket) => this.#upgrade(request, socket));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  #upgrade(request: http.IncomingMessage, socket: Duplex): void {
    this.received.push({ url: new URL(request.url ?? '/', this.url), headers: request.headers });
    const { answer } = this;
    if (answer === 'silence') {
      socket.resume().once('end', () => socket.destroy());
      return;
    }
    if ('status' in answer) {
      const { status, reason } = answer;
      socket.end(`HTTP/1.1 ${status} ${reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const [protocol] = request.headers['sec-websocket-protocol']?.split(', ') ?? [];
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `${protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`}Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    if (answer.accept === 'echo') {
      sendBack(socket, () => {
        this.ends += 1;
      });
    } else setImmediate(() => socket.destroy());
  }
}

/** Frames of up to 125 bytes, each in one chunk: all that the tests send. */
function sendBack(socket: Duplex, onEnd: () => void): void {
  socket.on('data', (frames: Buffer) => {
    for (let at = 0; at < frames.length; ) {
      const opcode = frames[at]! & 0x0f;
      const length = frames[at + 1]! & 0x7f;
      const mask = frames.subarray(at + 2, at + 6);
      const payload = Buffer.from(frames.subarray(at + 6, at + 6 + length)).map(
        (byte, i) => byte ^ mask[i % 4]!,
      );
      socket.write(Buffer.concat([Buffer.from([0x80 | opcode, length]), payload]));
      if (opcode === 8) {
        onEnd();
        socket.end();
      }
      at += 6 + length;
    }
  });
}
