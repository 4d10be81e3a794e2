/**
 * An HTTP proxy as a corporate network may have it: it wants a password, cuts what is idle, knows names that nobody else
 * knows, and looks into TLS. In this process, so that a test can say how much of each.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/** What it does. */
export interface CorporateProxyOptions {
  /** `user:password`, without which it answers 407. */
  readonly credentials?: string;
  /** Silence in both directions after which a connection is cut, in milliseconds; never when absent. */
  readonly idleMs?: number;
  /** A certificate for everything: it then ends the client's TLS itself, and makes its own to the server. */
  readonly inspects?: { readonly cert: string; readonly key: string };
  /** A certificate of its own: it is then an `https:` proxy. */
  readonly secure?: { readonly cert: string; readonly key: string };
}

/** The proxy. Every name leads to loopback. */
export class CorporateProxy {
  /** `host:port` of each connection that was asked for. */
  readonly asked: string[] = [];
  /** How many connections it cut because they were idle. */
  cuts = 0;
  readonly #options: CorporateProxyOptions;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  /** Starts it on a free port. */
  static async start(options: CorporateProxyOptions = {}): Promise<CorporateProxy> {
    const proxy = new CorporateProxy(options);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  private constructor(options: CorporateProxyOptions) {
    this.#options = options;
    const serve = (client: net.Socket) => this.#serve(client);
    this.#server =
      options.secure === undefined ? net.createServer(serve) : tls.createServer(options.secure, serve);
    this.#server.on('connection', (socket: net.Socket) => this.#keep(socket));
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** With the credentials that it wants. */
  get url(): string {
    const { credentials, secure } = this.#options;
    const before = credentials === undefined ? '' : `${credentials}@`;
    return `${secure === undefined ? 'http' : 'https'}://${before}127.0.0.1:${this.port}`;
  }

  /** Cuts every connection, as when it is started anew. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server.close(), 'close');
    this.cutAll();
    await closed;
  }

  #serve(client: net.Socket): void {
    this.#keep(client);
    let head = '';
    const collect = (bytes: Buffer) => {
      head += bytes.toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return;
      client.off('data', collect);
      this.#answer(client, head);
    };
    client.on('data', collect);
  }

  #answer(client: net.Socket, head: string): void {
    const { credentials } = this.#options;
    const [, host = '', port = ''] = /^CONNECT (.*):(\d+) HTTP/.exec(head) ?? [];
    const given = /^Proxy-Authorization: Basic (.*)\r$/m.exec(head)?.[1];
    if (credentials !== undefined && Buffer.from(given ?? '', 'base64').toString() !== credentials) {
      client.end('HTTP/1.1 407 Who are you?\r\nProxy-Authenticate: Basic realm="corp"\r\n\r\n');
      return;
    }
    this.asked.push(`${host}:${port}`);
    const server = net.connect(Number(port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      this.#join(client, server, host);
    });
    this.#keep(server);
  }

  #join(client: net.Socket, server: net.Socket, servername: string): void {
    const { inspects, idleMs } = this.#options;
    let near: Duplex = client;
    let far: Duplex = server;
    if (inspects !== undefined) {
      near = this.#keep(new tls.TLSSocket(client, { isServer: true, ...inspects }));
      far = this.#keep(tls.connect({ socket: server, servername, rejectUnauthorized: false }));
    }
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.once('close', () => other.destroy());
      if (idleMs !== undefined) one.setTimeout(idleMs, () => this.#cutIdle(client, server));
    }
  }

  /** Both directions count: a socket that writes what the other one read is not idle. */
  #cutIdle(client: net.Socket, server: net.Socket): void {
    if (client.destroyed) return;
    this.cuts += 1;
    client.destroy();
    server.destroy();
  }

  #keep<S extends net.Socket>(socket: S): S {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
