/**
 * The ways by which every program of this machine finds the endpoints of a table: virtual addresses with a port each,
 * and over them a DNS server, the hosts file, SOCKS and HTTP CONNECT, as far as they are wanted.
 *
 * Names are told of only while somebody listens at their addresses. All of it follows the table.
 * @module
 */
import { EventEmitter } from 'node:events';
import type { SpliceEnd } from '@hybridge/socket';
import type { RouteTable } from '../routes/route-table.js';
import type { ProcessAddress } from './addresses.js';
import { DnsServer } from './dns/dns-server.js';
import type { HostsEntry } from './hosts/hosts-block.js';
import { HostsFile } from './hosts/hosts-file.js';
import type { ListenFailure } from './listen-failure.js';
import { ConnectProxy } from './proxies/connect-proxy.js';
import { SocksServer } from './proxies/socks-server.js';
import type { ProxyEvents } from './proxies/tunnel-proxy.js';
import { type VirtualEndpoint, VirtualListeners } from './virtual-listeners.js';

/** Which ways there are. What is absent is not opened. */
export interface FrontsOptions {
  readonly dns?: ProcessAddress | undefined;
  readonly socks?: ProcessAddress | undefined;
  readonly connect?: ProcessAddress | undefined;
  /** A hosts file to keep the names in. */
  readonly hosts?: string | undefined;
}

/** What is open. */
export interface OpenFronts {
  readonly endpoints: readonly VirtualEndpoint[];
  readonly dns: ProcessAddress | undefined;
  readonly socks: ProcessAddress | undefined;
  readonly connect: ProcessAddress | undefined;
  /** With links followed. */
  readonly hosts: string | undefined;
}

/** What fronts tell; `to` is an endpoint. */
export interface FrontsEvents {
  open: [to: string];
  end: [to: string, end: SpliceEnd];
  /** A client of a proxy was not connected. */
  refused: [error: Error];
  /** An endpoint has no port of its own; proxies lead there all the same. */
  failed: [to: string, error: ListenFailure];
  lost: [error: NodeJS.ErrnoException];
  /** Names, or their ports, are others now. */
  change: [endpoints: readonly VirtualEndpoint[]];
  /** The hosts file has other lines with our names: their numbers. */
  conflict: [path: string, lines: readonly number[]];
  /** The hosts file could not be written; the names in it are as they were. */
  hosts: [error: Error];
}

/** Ways to the endpoints of a table. */
export class Fronts extends EventEmitter<FrontsEvents> {
  readonly #listeners: VirtualListeners;
  readonly #dns: DnsServer | undefined;
  readonly #socks: SocksServer | undefined;
  readonly #connect: ConnectProxy | undefined;
  readonly #hosts: HostsFile | undefined;
  readonly #options: FrontsOptions;
  /** Last of all, however this process ends by itself. */
  readonly #onExit = (): void => this.#undoHosts();

  /** @throws HostsFileError when the hosts file is not there */
  constructor(table: RouteTable, options: FrontsOptions) {
    super();
    this.#options = options;
    this.#listeners = new VirtualListeners(table);
    this.#listeners.on('open', (to) => this.emit('open', to));
    this.#listeners.on('end', (to, end) => this.emit('end', to, end));
    this.#listeners.on('failed', (to, error) => this.emit('failed', to, error));
    this.#listeners.on('lost', (error) => this.emit('lost', error));
    if (options.dns) this.#dns = new DnsServer(this.#listeners);
    this.#dns?.on('lost', (error) => this.emit('lost', error));
    if (options.socks) this.#socks = this.#tellOf(new SocksServer(table));
    if (options.connect) this.#connect = this.#tellOf(new ConnectProxy(table));
    if (options.hosts !== undefined) this.#hosts = new HostsFile(options.hosts);
  }

  /** Opens all of them. @throws ListenFailure of a proxy or DNS, HostsFileError; what is open by then `close()` closes */
  async start(): Promise<OpenFronts> {
    const { dns, socks, connect } = this.#options;
    await this.#listeners.start();
    const open = {
      dns: dns && (await this.#dns?.listen(dns)),
      socks: socks && (await this.#socks?.listen(socks)),
      connect: connect && (await this.#connect?.listen(connect)),
    };
    if (this.#hosts !== undefined) {
      process.once('exit', this.#onExit);
      this.#writeHosts(this.#hosts);
    }
    this.#listeners.on('change', () => this.#onChange());
    return { endpoints: this.#listeners.endpoints, ...open, hosts: this.#hosts?.path };
  }

  /** Closes them, the names first; open connections have the time to end. */
  async close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#undoHosts();
    process.off('exit', this.#onExit);
    await this.#dns?.close();
    await Promise.all([this.#listeners, this.#socks, this.#connect].map((each) => each?.close({ graceMs })));
  }

  #tellOf<Proxy extends EventEmitter<ProxyEvents>>(proxy: Proxy): Proxy {
    proxy.on('open', (to) => this.emit('open', to));
    proxy.on('end', (to, end) => this.emit('end', to, end));
    proxy.on('refused', (error) => this.emit('refused', error));
    proxy.on('lost', (error) => this.emit('lost', error));
    return proxy;
  }

  #onChange(): void {
    try {
      if (this.#hosts !== undefined) this.#writeHosts(this.#hosts);
    } catch (error) {
      this.emit('hosts', error as Error);
    }
    this.emit('change', this.#listeners.endpoints);
  }

  #writeHosts(hosts: HostsFile): void {
    const lines = hosts.write(hostsEntries(this.#listeners.endpoints));
    if (lines.length > 0) this.emit('conflict', hosts.path, lines);
  }

  #undoHosts(): void {
    try {
      this.#hosts?.remove();
    } catch (error) {
      this.emit('hosts', error as Error);
    }
  }
}

/** Each name once, with its address. */
export function hostsEntries(endpoints: readonly VirtualEndpoint[]): HostsEntry[] {
  const addresses = new Map(endpoints.map(({ name, host }) => [name, host]));
  return Array.from(addresses, ([name, address]) => ({ address, name }));
}
