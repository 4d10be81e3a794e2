/**
 * A TCP service whose behaviour each test decides.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';

/** Listens on loopback; hands each connection to {@link TargetServer.serve}. */
export class TargetServer {
  readonly host = '127.0.0.1';
  /** What it does with a connection. Both directions end separately. */
  serve: (socket: net.Socket) => void = (socket) => socket.destroy();
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  static async start(): Promise<TargetServer> {
    const target = new TargetServer();
    target.#server.listen(0, target.host);
    await once(target.#server, 'listening');
    return target;
  }

  private constructor() {
    this.#server = net.createServer(
      { allowHalfOpen: true, pauseOnConnect: true, noDelay: true },
      (socket) => {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
        socket.on('error', () => {}); // tests that care listen for themselves
        this.serve(socket);
      },
    );
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }
}
