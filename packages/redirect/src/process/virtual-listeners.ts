/**
 * A local port for each route whose host is a name: at the virtual address of the name, and the endpoint's own port.
 *
 * Whoever resolves the name to that address connects as ever, and TLS sees the name that it expects. Follows the table:
 * a route that comes is listened for, one that goes is not, and its open connections stay. A route that cannot be
 * listened for is told of; the others are no matter of it.
 * @module
 */
import { EventEmitter } from 'node:events';
import type { SpliceEnd } from '@hybridge/socket';
import { formatEndpoint, type Route } from '../routes/route.js';
import type { RouteTable } from '../routes/route-table.js';
import { isLoopback, type ProcessAddress } from './addresses.js';
import { type ListenFailure, listenFailure } from './listen-failure.js';
import { LocalPort } from './local-port.js';

/** What the listeners tell; `to` is the endpoint. */
export interface VirtualListenersEvents {
  open: [to: string];
  end: [to: string, end: SpliceEnd];
  /** An endpoint is not listened for. It is tried again with the next change of the routes. */
  failed: [to: string, error: ListenFailure];
  lost: [error: NodeJS.ErrnoException];
  /** Names and addresses are others now. */
  change: [];
}

/** A name, the address that stands for it, and a port of it that is open there. */
export interface VirtualEndpoint extends ProcessAddress {
  readonly name: string;
}

/** How listeners are made. */
export interface VirtualListenersOptions {
  /**
   * Names may get other addresses of the same network when somebody listens at their own already. For one child alone, which
   * is told the addresses; what several programs share has the address that follows from the name.
   * @defaultValue false
   */
  readonly mayMove?: boolean | undefined;
}

interface Listener {
  readonly port: LocalPort;
  readonly address: string;
}

/** How many addresses are tried for a name that may move. */
const MOVES = 32;

/** Local ports for the routes of a table. */
export class VirtualListeners extends EventEmitter<VirtualListenersEvents> {
  readonly #table: RouteTable;
  readonly #mayMove: boolean;
  /** By endpoint. */
  readonly #listeners = new Map<string, Listener>();
  /** Of routes that are gone, with connections that are not. */
  readonly #leaving = new Set<LocalPort>();
  readonly #addressOf = new Map<string, string>();
  #changed: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #onChange = (): void => void this.#follow();

  constructor(table: RouteTable, { mayMove = false }: VirtualListenersOptions = {}) {
    super();
    this.#table = table;
    this.#mayMove = mayMove;
  }

  /** Begins to listen, and to follow the table. Resolves once every route of now is listened for or has failed. */
  start(): Promise<void> {
    this.#table.on('change', this.#onChange);
    return this.#follow();
  }

  /** Endpoints that are listened for. */
  get endpoints(): readonly VirtualEndpoint[] {
    return this.#table.routes.flatMap((route) => {
      const listener = this.#listeners.get(formatEndpoint(route));
      return listener === undefined ? [] : [{ name: route.host, host: listener.address, port: route.port }];
    });
  }

  /** The address of a name (small letters) at which at least one port is listened for. */
  addressOf(name: string): string | undefined {
    return this.endpoints.find((endpoint) => endpoint.name === name)?.host;
  }

  /** The other way round: the name whose ports are listened for at an address. */
  nameOf(address: string): string | undefined {
    return this.endpoints.find(({ host }) => host === address)?.name;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#all.reduce((sum, port) => sum + port.open, 0);
  }

  /** Accepts no more, and cuts what is still open when the time is over. */
  async close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#closed = true;
    this.#table.off('change', this.#onChange);
    await this.#changed;
    await Promise.all(this.#all.map((port) => port.close({ graceMs })));
  }

  get #all(): LocalPort[] {
    return [...Array.from(this.#listeners.values(), ({ port }) => port), ...this.#leaving];
  }

  /** One change after the other: each sees what the last one has left. */
  #follow(): Promise<void> {
    this.#changed = this.#changed.then(() => this.#update());
    return this.#changed;
  }

  async #update(): Promise<void> {
    if (this.#closed) return;
    const wanted = new Map(this.#table.routes.map((route) => [formatEndpoint(route), route]));
    for (const [endpoint, { port }] of this.#listeners) {
      if (wanted.has(endpoint)) continue;
      this.#listeners.delete(endpoint);
      this.#leave(port);
    }
    for (const [endpoint, route] of wanted) {
      if (!this.#listeners.has(endpoint)) await this.#listen(endpoint, route);
    }
    this.emit('change');
  }

  async #listen(endpoint: string, route: Route): Promise<void> {
    const own = this.#table.virtualAddress(route.host);
    if (own === undefined || this.#closed) return; // an IP address: nobody asks for its name
    const known = this.#addressOf.get(route.host);
    const isFixed = !this.#mayMove || known !== undefined;
    for (let move = 0; ; move += 1) {
      const host = known ?? moved(own, move);
      try {
        const port = this.#open(endpoint, route);
        await port.listen({ host, port: route.port });
        this.#addressOf.set(route.host, host);
        this.#listeners.set(endpoint, { port, address: host });
        return;
      } catch (error) {
        const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (!isFixed && isTaken && move < MOVES) continue;
        this.emit('failed', endpoint, listenFailure(error, { host, port: route.port }, route.host));
        return;
      }
    }
  }

  #open(endpoint: string, { host, port: number }: Route): LocalPort {
    // By now it may lead through another hybrid connection, have another key, or be gone.
    const port = new LocalPort(() => this.#table.find(host, number)?.openChannel());
    port.on('open', () => this.emit('open', endpoint));
    port.on('end', (_, end) => this.emit('end', endpoint, end));
    port.on('lost', (error) => this.emit('lost', error));
    return port;
  }

  /** Accepts no more; open connections end when they end. */
  #leave(port: LocalPort): void {
    this.#leaving.add(port);
    // No timer holds more, and none has to: close() shortens it.
    void port.close({ graceMs: 2 ** 31 - 1 }).then(() => this.#leaving.delete(port));
  }
}

/** Another address near by: of the same /16, so of the network that was configured or one beside it; loopback in any case. */
function moved(address: string, move: number): string {
  if (move === 0) return address;
  const [first, second, third, fourth] = address.split('.').map(Number) as [number, number, number, number];
  const next = `${first}.${second}.${(third + 7 * move) % 256}.${fourth}`;
  return isLoopback(next) ? next : address;
}
