/**
 * A local TCP port that leads into a tunnel.
 *
 * Each connection to it gets a tunnel of its own, spliced to it below the streams: a FIN, a reset and back-pressure
 * pass both ways. When the tunnel does not open, the local connection is reset, because a plain TCP client knows no
 * other word for failure; the reason is told by an event.
 * @module
 */
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type SpliceEnd, splice, type Tunnel } from '@hybridge/socket';
import { formatEndpoint } from '../routes/route.js';
import type { ProcessAddress } from './addresses.js';
import { JoinedConnections } from './joined-connections.js';

/** What a local port tells; `from` is the client's address. */
export interface LocalPortEvents {
  open: [from: string];
  end: [from: string, end: SpliceEnd];
  /** A connection could not be taken: there are no descriptors left, most of the time. The port stays open. */
  lost: [error: NodeJS.ErrnoException];
}

/** A local TCP port that leads into a tunnel. */
export class LocalPort extends EventEmitter<LocalPortEvents> {
  readonly #connect: () => Tunnel | undefined;
  readonly #joined = new JoinedConnections();
  /** Accepted sockets start paused, so that the splice is the first to read from them. */
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) =>
    this.#lead(near),
  );

  /** @param connect - opens a tunnel, for each connection to the port; `undefined` resets it. */
  constructor(connect: () => Tunnel | undefined) {
    super();
    this.#connect = connect;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#joined.size;
  }

  /** Begins to accept. @returns the address, with the port that was free when 0 was asked for. @throws as `net.Server`. */
  async listen({ host, port }: ProcessAddress): Promise<ProcessAddress> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    // Without a listener for it, one connection too many would end the process.
    this.#server.on('error', (error) => this.emit('lost', error));
    const { address, port: bound } = this.#server.address() as AddressInfo;
    return { host: address, port: bound };
  }

  /** Accepts no more, and cuts what is still open when the time is over. Calling it again with less time shortens it. */
  async close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#server.close();
    await this.#joined.end(graceMs);
  }

  #lead(near: Socket): void {
    const from = formatEndpoint({ host: near.remoteAddress ?? '', port: near.remotePort ?? 0 });
    const tunnel = this.#connect();
    if (tunnel === undefined) {
      near.resetAndDestroy();
      return;
    }
    this.#joined.add(splice(near, tunnel), (end) => this.emit('end', from, end));
    this.emit('open', from);
  }
}
