/**
 * Which endpoints go through which hybrid connection.
 *
 * The table is exchanged as a whole when the configuration changes; who looks something up sees the old one or the new
 * one. Connections that are open are no matter of it.
 * @module
 */
import { EventEmitter } from 'node:events';
import { hostKey } from './host-name.js';
import type { Route } from './route.js';
import { VIRTUAL_ADDRESSES, VirtualAddresses } from './virtual-addresses.js';

/** What a table tells. */
interface RouteTableEvents {
  /** Its routes are others now. */
  change: [];
}

/** How a table is made. */
export interface RouteTableOptions {
  /**
   * The network out of which names get addresses, a part of 127.0.0.0/8.
   * @defaultValue `127.77.0.0/16`
   */
  readonly virtualAddresses?: string | undefined;
}

/** Endpoints and their routes, and the virtual addresses of their names. */
export class RouteTable extends EventEmitter<RouteTableEvents> {
  #routes: readonly Route[] = [];
  #byHost: ReadonlyMap<string, ReadonlyMap<number, Route>> = new Map();
  readonly #addresses: VirtualAddresses;

  /**
   * @param routes - may be none, and more later: {@link RouteTable.replace}
   * @param options - the network of virtual addresses
   * @throws RangeError when the network cannot be used
   */
  constructor(routes: readonly Route[] = [], options: RouteTableOptions = {}) {
    super();
    // Every front of a process hears of changes.
    this.setMaxListeners(0);
    this.#addresses = new VirtualAddresses(options.virtualAddresses ?? VIRTUAL_ADDRESSES);
    this.#set(routes);
  }

  /** All routes, in the order in which they were given; of several to one endpoint only the first. */
  get routes(): readonly Route[] {
    return this.#routes;
  }

  /** The hosts of all routes, each once. */
  get hosts(): readonly string[] {
    return [...this.#byHost.keys()];
  }

  /** The route to an endpoint. @param host - a name, an IP address or a virtual address, as an application writes it */
  find(host: string, port: number): Route | undefined {
    return this.#portsOf(host)?.get(port);
  }

  /** Whether there are routes to a host, at whatever port. Takes what {@link RouteTable.find} takes. */
  hasHost(host: string): boolean {
    return this.#portsOf(host) !== undefined;
  }

  /** Whether a host has routes, or is the virtual address of a name, also of one that has none any more. */
  knows(host: string): boolean {
    if (this.#byHost.has(host)) return true;
    const key = hostKey(host);
    return this.#byHost.has(key) || this.#addresses.hostOf(key) !== undefined;
  }

  /** The ports of a host that have a route. */
  portsOf(host: string): readonly number[] {
    return [...(this.#portsOf(host)?.keys() ?? [])];
  }

  /**
   * The loopback address that stands for a name which has a route; `undefined` for any other, and for IP addresses. It is
   * the same for as long as the process lives.
   */
  virtualAddress(host: string): string | undefined {
    const key = hostKey(host);
    return this.#byHost.has(key) ? this.#addresses.addressOf(key) : undefined;
  }

  /** The name that a virtual address stands for, also when it has no route any more. */
  hostOf(virtualAddress: string): string | undefined {
    return this.#addresses.hostOf(virtualAddress);
  }

  /** Exchanges all routes, and emits 'change'. */
  replace(routes: readonly Route[]): void {
    this.#set(routes);
    this.emit('change');
  }

  #set(routes: readonly Route[]): void {
    const byHost = new Map<string, Map<number, Route>>();
    const taken: Route[] = [];
    for (const route of routes) {
      const key = hostKey(route.host);
      const ports = byHost.get(key) ?? new Map<number, Route>();
      if (ports.has(route.port)) continue;
      byHost.set(key, ports.set(route.port, route));
      taken.push(route);
    }
    this.#byHost = byHost;
    this.#routes = taken;
    // Given here, and not when somebody asks, so that the order of questions does not decide who gets which.
    for (const host of byHost.keys()) this.#addresses.addressOf(host);
  }

  #portsOf(host: string): ReadonlyMap<number, Route> | undefined {
    // Most of what an application connects to is written as it is compared, and has no route.
    const written = this.#byHost.get(host);
    if (written !== undefined) return written;
    const key = hostKey(host);
    return this.#byHost.get(this.#addresses.hostOf(key) ?? key);
  }
}
