/**
 * The ports of one relay process: one where everybody comes, and for one of several workers another before it, of its own, to which
 * listeners are sent.
 * @module
 */
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from '../config/certificate.js';
import { DEFAULTS, type ListenOptions } from '../config/options.js';
import type { WorkerPort } from '../workers/messages.js';
import { FrontDoor, type FrontDoorOptions } from './front-door.js';
import { formatHost } from './relay-addresses.js';

/** Where the ports are, and who takes what comes. */
export interface DoorsOptions {
  /** As it is configured. */
  readonly listen: ListenOptions | undefined;
  /** Of one of several workers. */
  readonly worker: WorkerPort | undefined;
  /** What holds for all of them. */
  readonly front: Omit<FrontDoorOptions, 'listen' | 'sharing'>;
  /** A worker's own port is open, and nobody can come by the shared one yet. */
  readonly onOwnPort: (port: number) => void;
}

/** Where open doors are. */
export interface DoorAddresses {
  /** `ws://…` or `wss://…` */
  readonly url: string;
  /** Of one of several workers: at its own port. */
  readonly own?: string;
}

/** All doors of a process. */
export class Doors {
  readonly #options: DoorsOptions;
  readonly #open: FrontDoor[] = [];

  constructor(options: DoorsOptions) {
    this.#options = options;
  }

  /** Begins to take connections. Rejects with Node's own error, and all of them closed, when a port cannot be had. */
  async open(): Promise<DoorAddresses> {
    const { listen, worker, onOwnPort } = this.#options;
    try {
      if (worker === undefined) return { url: this.#urlOf(await this.#openOne(listen)) };
      // First: no sender may come before it is known where listeners are to be sent.
      const own = await this.#openOne({ ...listen, port: worker.own }, { exclusive: true });
      onOwnPort(own.port);
      const shared = await this.#openOne(listen, { reusePort: worker.reusePort });
      return { url: this.#urlOf(shared), own: this.#urlOf(own) };
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Shows another certificate from now on. */
  setCertificate(tls: TlsOptions): void {
    for (const door of this.#open) door.setCertificate(tls);
  }

  /** Takes no more connections. Those that were taken stay. */
  close(): void {
    for (const door of this.#open) door.close();
  }

  async #openOne(
    { host = DEFAULTS.host, port = DEFAULTS.port, tls }: ListenOptions = {},
    sharing?: FrontDoorOptions['sharing'],
  ): Promise<AddressInfo> {
    const door = new FrontDoor({
      ...this.#options.front,
      listen: { host, port, ...(tls && { tls }) },
      ...(sharing && { sharing }),
    });
    const address = await door.listen();
    this.#open.push(door);
    return address;
  }

  #urlOf(address: AddressInfo): string {
    return `${this.#options.listen?.tls === undefined ? 'ws' : 'wss'}://${formatHost(address)}`;
  }
}
