/**
 * What the steps to a relay hand on to each other.
 * @module
 */
import type net from 'node:net';
import type { RelayAddress } from '@hybridge/protocol';
import type { TokenProvider } from '@hybridge/sas';
import type { HttpProxy, TransportOptions } from '@hybridge/socket';
import { within } from './deadline.js';
import type { FarManager } from './far-manager.js';
import type { Address } from './network.js';
import type { Settings } from './options.js';
import type { RefusalContext } from './refusal-words.js';
import type { RuntimeInformation } from './runtime-information.js';
import type { Opened } from './tunnel.js';

/** The way so far. Each field is there once the step that finds it is taken. */
export class Journey {
  readonly settings: Settings;
  address!: RelayAddress;
  /** `undefined` when no credential was given. */
  tokenProvider: TokenProvider | undefined;
  /** What tokens are asked for. */
  resource = '';
  policy: string | undefined;
  transport: TransportOptions = {};
  proxy: HttpProxy | undefined;
  addresses: readonly Address[] = [];
  /** Open, and not read from. */
  socket: net.Socket | undefined;
  /** What the relay's clock is ahead of this machine's, in milliseconds. */
  behindMs: number | undefined;
  /** The `Date` of the relay's answer, and when it was read. */
  relayDate: { readonly header: string | undefined; readonly at: number } | undefined;
  /** `undefined` where the relay could not be asked. */
  information: RuntimeInformation | undefined;

  /** Open, by the question whether there is a manager that answers; for the probe. */
  opened: Opened | undefined;
  /** The manager at the other end, where it answers for itself. */
  manager: FarManager | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** Host and port that are dialled: the proxy's, or the relay's. */
  get dialled(): { readonly host: string; readonly port: number; readonly peer: 'relay' | 'proxy' } {
    if (this.proxy !== undefined) return { host: this.proxy.hostname, port: this.proxy.port, peer: 'proxy' };
    return { host: this.hostname, port: this.address.port, peer: 'relay' };
  }

  /** The relay's name, or its address without brackets. */
  get hostname(): string {
    return this.address.hostname.replace(/^\[(.*)\]$/, '$1');
  }

  /** Where connections are opened to. */
  get origin(): string {
    return `${this.address.secure ? 'wss' : 'ws'}://${this.address.host}/`;
  }

  get limits(): { readonly timeoutMs: number; readonly signal: AbortSignal | undefined } {
    const { timeoutMs, signal } = this.settings;
    return { timeoutMs, signal };
  }

  /** Whom a relay that refuses has refused. */
  get refused(): RefusalContext {
    const { policy, behindMs, settings, address } = this;
    const { token, connectionString = '', right } = settings;
    const isReadyMade = token !== undefined || /SharedAccessSignature\s*=/i.test(connectionString);
    return { host: address.host, path: address.path, right, policy, isReadyMade, behindMs };
  }

  /** Takes its leave of the manager. */
  leave(): void {
    this.manager?.leave();
    this.manager = undefined;
  }

  /** Lets go of everything that is still held. */
  end(): void {
    this.release();
    if (this.opened !== undefined && 'channel' in this.opened) this.opened.channel.abort();
    this.opened = undefined;
    this.manager?.abort();
  }

  /** Lets go of the connection that is still held. */
  release(): void {
    this.socket?.on('error', () => undefined).destroy();
    this.socket = undefined;
  }

  /** A token, or none where there is no credential. @throws whatever the provider throws; `TimeoutError`. */
  token(): Promise<string | undefined> {
    return within(this.limits, async () => (await this.tokenProvider?.getToken(this.resource))?.token);
  }
}
