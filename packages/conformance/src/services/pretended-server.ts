/**
 * A TCP server in this process that speaks as much of a protocol as its client asks for.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { RestartableService } from './service.js';

/** Serves one connection. */
type Serve = (socket: net.Socket) => void;

/** A server with connections that can be cut. */
export class PretendedServer implements RestartableService {
  readonly host = '127.0.0.1';
  readonly #serve: Serve;
  readonly #secure: tls.TlsOptions | undefined;
  readonly #sockets = new Set<net.Socket>();
  #server = net.createServer();
  #port = 0;

  /** @param secure - TLS from the start, with this certificate */
  static async start(serve: Serve, secure?: tls.TlsOptions): Promise<PretendedServer> {
    const server = new PretendedServer(serve, secure);
    await server.#listen();
    return server;
  }

  private constructor(serve: Serve, secure: tls.TlsOptions | undefined) {
    this.#serve = serve;
    this.#secure = secure;
  }

  get port(): number {
    return this.#port;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#listen();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #listen(): Promise<void> {
    const accept = (socket: net.Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket));
      this.#serve(socket);
    };
    this.#server =
      this.#secure === undefined
        ? net.createServer(accept)
        : tls.createServer(this.#secure, accept).on('tlsClientError', () => {});
    this.#server.listen(this.#port, this.host);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as net.AddressInfo).port;
  }
}
