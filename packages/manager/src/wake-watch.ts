/**
 * Notices that the machine slept, or that its network is another one.
 *
 * Connections may be dead by then that nobody will ever say so of. The control channels look after themselves, by pings, but that
 * takes its time; whoever is told here can ask at once.
 * @module
 */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** What is looked at; exchanged in tests. */
export interface WakeWatchOptions {
  /** Called when there is reason to doubt every connection. */
  readonly onWake: (because: 'sleep' | 'network') => void;
  /** How often to look, in milliseconds. @defaultValue 2_000 */
  readonly intervalMs?: number | undefined;
  readonly now?: (() => number) | undefined;
  readonly interfaces?: (() => NodeJS.Dict<NetworkInterfaceInfo[]>) | undefined;
}

/** A look that comes this much too late, in milliseconds, was not held up by work alone; nor does a clock run that fast. */
const JUMP_MS = 5_000;

/** Looks now and then. Keeps no process alive. */
export class WakeWatch {
  readonly #options: WakeWatchOptions;
  readonly #intervalMs: number;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #lookedAt: number;
  #addresses: string;

  constructor(options: WakeWatchOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalMs ?? 2_000;
    this.#now = options.now ?? Date.now;
    this.#lookedAt = this.#now();
    this.#addresses = this.#readAddresses();
    this.#timer = setInterval(() => this.#look(), this.#intervalMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = this.#now();
    const offMs = Math.abs(now - this.#lookedAt - this.#intervalMs);
    const addresses = this.#readAddresses();
    const isNew = addresses !== this.#addresses;
    this.#lookedAt = now;
    this.#addresses = addresses;
    if (offMs > JUMP_MS) this.#options.onWake('sleep');
    else if (isNew) this.#options.onWake('network');
  }

  #readAddresses(): string {
    try {
      const all = Object.entries((this.#options.interfaces ?? networkInterfaces)());
      const lines = all.flatMap(([name, list = []]) =>
        list.filter(({ internal }) => !internal).map(({ cidr, address }) => `${name} ${cidr ?? address}`),
      );
      return lines.sort().join('\n');
    } catch {
      // Some sandboxes do not tell.
      return '';
    }
  }
}
