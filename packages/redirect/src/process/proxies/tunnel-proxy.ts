/**
 * A proxy whose only targets are the endpoints that have routes, whatever it speaks with its clients.
 *
 * The tunnel is opened before the client is answered, so that the answer is the truth: connected, refused, not there.
 * Then the two are spliced, with whatever the client has said in advance.
 * @module
 */
import { EventEmitter, once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Conduit, type SpliceEnd, splice } from '@hybridge/socket';
import { formatEndpoint } from '../../routes/route.js';
import type { ProcessAddress } from '../addresses.js';
import { JoinedConnections } from '../joined-connections.js';
import { listenFailure } from '../listen-failure.js';
import { type Routes, routeTo, tunnelRefusal } from './target.js';

/** How long a client may take to say what it wants, in milliseconds: it says it in its first two packets. */
export const REQUEST_MS = 10_000;

/** What a proxy tells. `to` is the endpoint. */
export interface ProxyEvents {
  open: [to: string];
  end: [to: string, end: SpliceEnd];
  /** A client was not connected. */
  refused: [error: Error];
  /** A client was lost before it said anything, for lack of descriptors most of the time. The server goes on. */
  lost: [error: NodeJS.ErrnoException];
}

/** What every proxy is. */
export abstract class TunnelProxy extends EventEmitter<ProxyEvents> {
  readonly #protocol: string;
  readonly #server: Server;
  readonly #routes: Routes;
  readonly #joined = new JoinedConnections();
  /** Clients that have no tunnel yet. */
  readonly #waiting = new Set<Socket>();

  /**
   * @param protocol - in the words of an error
   * @param server - whose clients are given to {@link TunnelProxy.serve}
   * @param routes - asked for each client
   */
  constructor(protocol: string, server: Server, routes: Routes) {
    super();
    this.#protocol = protocol;
    this.#server = server;
    this.#routes = routes;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#joined.size;
  }

  /** Begins to accept. @returns the address with its port @throws Error with Node's `code`, and what to do */
  async listen(address: ProcessAddress): Promise<ProcessAddress> {
    try {
      this.#server.listen(address.port, address.host);
      await once(this.#server, 'listening');
    } catch (error) {
      throw listenFailure(error, address, this.#protocol);
    }
    this.#server.on('error', (error) => this.emit('lost', error));
    return { host: address.host, port: (this.#server.address() as AddressInfo).port };
  }

  /** Accepts no more, and cuts what is still open when the time is over. */
  async close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#server.close();
    for (const near of this.#waiting) near.resetAndDestroy();
    await this.#joined.end(graceMs);
  }

  /** Serves a client to the end: until it has its tunnel, or was refused. */
  protected async serve(near: Socket, talk: () => Promise<void>): Promise<void> {
    this.#waiting.add(near);
    near.once('close', () => this.#waiting.delete(near));
    near.on('error', () => undefined);
    try {
      await talk();
    } catch (error) {
      this.#refuse(near, error as Error);
    } finally {
      this.#waiting.delete(near);
    }
  }

  /**
   * Leads a client to an endpoint.
   * @param accept - tells it that the tunnel is open
   * @param early - what was read from it in advance
   * @throws ProxyRefusal when there is no way
   */
  protected async lead(
    near: Socket,
    { host, port }: ProcessAddress,
    accept: (written: () => void) => void,
    early?: Buffer,
  ): Promise<void> {
    const route = routeTo(this.#routes, host, port);
    const tunnel = route.openChannel();
    const giveUp = () => tunnel.abort();
    near.once('close', giveUp);
    await tunnel.opened.catch((error) => {
      throw tunnelRefusal(route, error);
    });
    near.off('close', giveUp);
    accept(() => {
      const to = formatEndpoint(route);
      // A client that has gone by now is a splice that fails at once, and takes the tunnel with it.
      this.#joined.add(splice(Conduit.adopt(near, early), tunnel), (end) => this.emit('end', to, end));
      this.emit('open', to);
    });
  }

  /** Tells a client that it is not connected, and ends its socket. */
  protected abstract refuse(near: Socket, error: Error): void;

  #refuse(near: Socket, error: Error): void {
    if (near.destroyed) return;
    // A client that does not speak the protocol has had its answer.
    if (!near.writableEnded) this.refuse(near, error);
    // Whoever goes on talking is not listened to, and does not thereby stay.
    near.resume();
    const leave = setTimeout(() => near.destroy(), REQUEST_MS).unref();
    near.once('close', () => clearTimeout(leave));
    this.emit('refused', error);
  }
}
