/**
 * A SOCKS 5 server whose only targets are the endpoints that have routes.
 *
 * The tunnel is opened before the client is answered, so that the answer is the truth: connected, refused, not there.
 * Then the two are spliced, with whatever the client has said in advance.
 * @module
 */
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Conduit, type SpliceEnd, splice } from '@hybridge/socket';
import { formatEndpoint, type Route } from '../../routes/route.js';
import type { ProcessAddress } from '../addresses.js';
import { JoinedConnections } from '../joined-connections.js';
import { listenFailure } from '../listen-failure.js';
import {
  MAX_SOCKS_BYTES,
  readGreeting,
  readRequest,
  replyFor,
  SocksError,
  type SocksPart,
  SocksReply,
  type SocksTarget,
  socksReply,
} from './socks-message.js';
import { ProxyRefusal, type Routes, routeTo, tunnelRefusal } from './target.js';

/** How long a client may take to say what it wants, in milliseconds: it says it in its first two packets. */
const REQUEST_MS = 10_000;

/** What a proxy tells. `to` is the endpoint. */
export interface ProxyEvents {
  open: [to: string];
  end: [to: string, end: SpliceEnd];
  /** A client was not connected. */
  refused: [error: Error];
  /** A client was lost before it said anything, for lack of descriptors most of the time. The server goes on. */
  lost: [error: NodeJS.ErrnoException];
}

/** A SOCKS 5 server. */
export class SocksServer extends EventEmitter<ProxyEvents> {
  readonly #routes: Routes;
  readonly #joined = new JoinedConnections();
  /** Clients that have no tunnel yet. */
  readonly #waiting = new Set<Socket>();
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => void this.#serve(near));

  /** @param routes - asked for each client */
  constructor(routes: Routes) {
    super();
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
      throw listenFailure(error, address, 'SOCKS');
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

  async #serve(near: Socket): Promise<void> {
    this.#waiting.add(near);
    near.once('close', () => this.#waiting.delete(near));
    near.on('error', () => undefined);
    const late = setTimeout(() => near.destroy(), REQUEST_MS);
    try {
      const client = new Conversation(near);
      near.write(await client.read(readGreeting));
      const target = await client.read(readRequest);
      clearTimeout(late);
      // What follows is for the target, and waits in the kernel.
      await this.#lead(near, client.leave(), target);
    } catch (error) {
      clearTimeout(late);
      this.#refuse(near, error as Error);
    } finally {
      this.#waiting.delete(near);
    }
  }

  async #lead(near: Socket, early: Buffer, { host, port }: SocksTarget): Promise<void> {
    const route = routeTo(this.#routes, host, port);
    const tunnel = route.openChannel();
    const giveUp = () => tunnel.abort();
    near.once('close', giveUp);
    try {
      await tunnel.opened;
    } catch (error) {
      throw tunnelRefusal(route, error);
    }
    near.off('close', giveUp);
    near.write(socksReply(SocksReply.succeeded), () => this.#join(near, early, route, tunnel));
  }

  #join(near: Socket, early: Buffer, route: Route, tunnel: ReturnType<Route['openChannel']>): void {
    const to = formatEndpoint(route);
    // A client that has gone by now is a splice that fails at once, and takes the tunnel with it.
    const joined = splice(Conduit.adopt(near, early), tunnel);
    this.#joined.add(joined, (end) => this.emit('end', to, end));
    this.emit('open', to);
  }

  #refuse(near: Socket, error: Error): void {
    if (near.destroyed) return;
    if (error instanceof SocksError) near.end(error.answer);
    else if (error instanceof ProxyRefusal) near.end(socksReply(replyFor(error)));
    else near.end(socksReply(SocksReply.failure));
    // Whoever goes on talking is not listened to.
    near.resume();
    near.setTimeout(REQUEST_MS, () => near.destroy());
    this.emit('refused', error);
  }
}

/** What a client says before its data, part by part. */
class Conversation {
  readonly #near: Socket;
  #unread: Buffer = Buffer.alloc(0);
  #look: () => void = () => undefined;
  readonly #onData = (bytes: Buffer): void => {
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    this.#look();
  };

  constructor(near: Socket) {
    this.#near = near;
    near.on('data', this.#onData);
  }

  /** Waits until a part is complete. @throws SocksError, also when the client goes away */
  read<Value>(parse: (bytes: Buffer) => SocksPart<Value> | undefined): Promise<Value> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new SocksError('the client went away'));
      const done = () => {
        this.#look = () => undefined;
        this.#near.off('end', gone).off('close', gone);
      };
      this.#look = () => {
        try {
          const part = parse(this.#unread);
          if (part === undefined && this.#unread.length > MAX_SOCKS_BYTES) throw new SocksError('too long');
          if (part === undefined) return;
          this.#unread = this.#unread.subarray(part.length);
          done();
          resolve(part.value);
        } catch (error) {
          done();
          reject(error);
        }
      };
      this.#near.once('end', gone).once('close', gone);
      this.#look();
    });
  }

  /** Stops reading. @returns what was said already */
  leave(): Buffer {
    this.#near.off('data', this.#onData).pause();
    return this.#unread;
  }
}
