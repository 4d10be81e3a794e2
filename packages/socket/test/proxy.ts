/**
 * An HTTP proxy of which each test writes the lines, and a server behind it that takes every WebSocket.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import { acceptKey } from '../src/handshake.js';

/** What a proxy does with a request for a connection. */
export type Answer = (client: net.Socket, request: string, proxy: TestProxy) => unknown;

/** Says yes, and joins both. */
export const joins: Answer = (client, _, proxy) =>
  proxy.join(client, 'HTTP/1.1 200 Connection established\r\n\r\n');

/** A server on loopback whose sockets are all closed with it. */
export class TestServer {
  readonly sockets: net.Socket[] = [];
  readonly #server: net.Server;

  constructor(onSocket: (socket: net.Socket) => void) {
    this.#server = net.createServer((socket) => {
      this.sockets.push(socket);
      socket.on('error', () => undefined);
      onSocket(socket);
    });
  }

  async start(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Resolves once every connection that was made is gone. */
  async deserted(): Promise<void> {
    await Promise.all(
      this.sockets.map((socket) => socket.closed || new Promise((closed) => socket.once('close', closed))),
    );
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server.close(), 'close');
  }
}

/** The proxy. Every name leads to the same server. */
export class TestProxy extends TestServer {
  /** The requests that it got, as they came. */
  readonly requests: string[] = [];
  /** The port that all connections lead to. */
  readonly leadsTo: number;

  constructor(leadsTo: number, answer: Answer) {
    super((client) => {
      let request = '';
      const collect = (bytes: Buffer) => {
        request += bytes.toString('latin1');
        if (!request.endsWith('\r\n\r\n')) return;
        client.off('data', collect);
        this.requests.push(request);
        answer(client, request, this);
      };
      client.on('data', collect);
    });
    this.leadsTo = leadsTo;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connects to the server behind, and passes bytes on, after these. */
  join(client: net.Socket, first: string): void {
    const far = net.connect(this.leadsTo, '127.0.0.1', () => {
      client.write(first, 'latin1');
      client.pipe(far).pipe(client);
    });
    far.on('error', () => client.destroy());
    client.once('close', () => far.destroy());
    far.once('close', () => client.destroySoon());
  }
}

/** A relay that takes every WebSocket, and sends back the frames that it gets as they are. */
export function acceptingRelay(): TestServer & { requests: string[] } {
  const requests: string[] = [];
  const server = new TestServer((socket) => {
    let request = '';
    socket.on('data', (bytes) => {
      request += bytes.toString('latin1');
      if (!request.endsWith('\r\n\r\n')) return;
      requests.push(request);
      const accept = acceptKey(/^Sec-WebSocket-Key: (.*)\r$/m.exec(request)![1]!);
      request = '';
      const head = [
        'HTTP/1.1 101 x',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${accept}`,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n\x82\x05hello`, 'latin1');
    });
  });
  return Object.assign(server, { requests });
}
