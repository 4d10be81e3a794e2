/**
 * The place in this process where a socket of the application goes over into a tunnel.
 *
 * The application gets a true TCP connection, since drivers look below streams: its far end is a port on the loopback
 * interface, of this process alone, where it is joined with the tunnel. Other users of the machine can reach that port,
 * too; a connection that none of our sockets made is destroyed.
 *
 * Both directions hold what `splice()` holds. An end, a reset and back-pressure cross.
 * @module
 */
import { AsyncResource } from 'node:async_hooks';
import net from 'node:net';
import type { OpeningChannel } from '@hybridge/socket';
import { Passage } from './passage.js';

/** Where the port is, and where sockets connect to. */
export const LOOPBACK = '127.0.0.1';

/** Of an application that opens very many at once; the system may allow fewer. */
const BACKLOG = 4_096;

/** A port where sockets of this process go over into tunnels. Keeps no process alive. */
export class Crossing {
  readonly #server: net.Server;
  /**
   * Of sockets that have begun to connect: by their own port at {@link LOOPBACK}, which is what tells them from strangers. From
   * other loopback addresses everybody has the same ports.
   */
  readonly #expected = new Map<number, Passage>();
  #passages = 0;
  #port: number | undefined;
  #isClosed = false;

  constructor() {
    this.#server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (far) =>
      this.#onConnection(far),
    );
    // All sockets of the first turn wait for it.
    this.#server.setMaxListeners(0);
    // Whoever waits for the port is told; what goes wrong later is one connection's that could not be accepted.
    this.#server.on('error', () => undefined);
    // Exclusive: in a worker of a cluster it would otherwise be one port for all, and each would refuse the others'.
    this.#server.listen({ host: LOOPBACK, port: 0, exclusive: true, backlog: BACKLOG }, () => {
      this.#port = (this.#server.address() as net.AddressInfo).port;
    });
    this.#server.unref();
  }

  /** `undefined` before it listens. */
  get port(): number | undefined {
    return this.#port;
  }

  /** Calls back with its port once it listens, or with what prevented that. Not for one that listens already. */
  whenListening(callback: (error: Error | undefined, port: number) => void): void {
    // What happens to a socket belongs to whoever connected it, and not to who was the first to redirect.
    const bound = AsyncResource.bind(callback);
    const onListening = () => {
      this.#server.off('error', onError);
      bound(undefined, this.#port!);
    };
    const onError = (error: Error) => {
      this.#server.off('listening', onListening);
      bound(error, 0);
    };
    this.#server.once('listening', onListening).once('error', onError);
  }

  /**
   * Leads a socket into a channel that is being opened.
   * @param near - connects to this port once the channel is open; {@link Passage.expect} then says so
   */
  passage(near: net.Socket, opening: OpeningChannel): Passage {
    this.#passages += 1;
    return new Passage(near, opening, {
      expect: (passage, port) => this.#expected.set(port, passage),
      forget: (port) => this.#expected.delete(port),
      over: () => {
        this.#passages -= 1;
        this.#closeWhenDone();
      },
    });
  }

  /** Accepts no more once those that are under way have come. Joined connections stay. */
  close(): void {
    this.#isClosed = true;
    this.#closeWhenDone();
  }

  #onConnection(far: net.Socket): void {
    const passage = far.remoteAddress === LOOPBACK ? this.#expected.get(far.remotePort ?? 0) : undefined;
    if (passage === undefined) far.resetAndDestroy();
    else passage.join(far);
  }

  #closeWhenDone(): void {
    if (this.#isClosed && this.#passages === 0) this.#server.close();
  }
}
