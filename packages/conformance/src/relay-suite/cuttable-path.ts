/**
 * A TCP path to a relay that can be cut, for clients that have no way to drop a connection without a word.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';

/** A loopback port that leads to the relay. */
export class CuttablePath {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #swallows = false;
  /** The relay's origin, by this way. */
  readonly origin: string;

  private constructor(server: net.Server, origin: string) {
    this.#server = server;
    this.origin = origin;
  }

  /** Opens it. @param origin - `ws://host:port` or `wss://host:port` */
  static async to(origin: string): Promise<CuttablePath> {
    const { protocol, port } = new URL(origin);
    const server = net.createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = (server.address() as net.AddressInfo).port;
    const path = new CuttablePath(server, `${protocol}//127.0.0.1:${own}`);
    server.on('connection', (near) => path.#join(near, Number(port)));
    return path;
  }

  /** From now on nothing gets through, and nobody is told: connections stay, and new ones are taken and led nowhere. */
  swallow(): void {
    this.#swallows = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Lets everything through again that comes from now on; what was swallowed with its connections is cut. */
  heal(): void {
    this.#swallows = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Cuts what is connected, and is no way any more. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(near: net.Socket, port: number): void {
    if (this.#swallows) {
      this.#sockets.add(near.on('error', () => {}));
      near.once('close', () => this.#sockets.delete(near));
      return;
    }
    const far = net.connect({ host: '127.0.0.1', port, noDelay: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {}); // 'close' follows
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
