/**
 * `ioredis`: a `Connector` of one's own makes its connections. TLS is the connector's to start, by the driver's options.
 * @module
 */
import type { Duplex } from 'node:stream';
import type tls from 'node:tls';
import { tlsOver } from './tls-over.js';
import { opener, type TunnelSource } from './tunnel-source.js';

/** What `ioredis` is told. */
export interface IoredisTunnel {
  /**
   * The class of a connector. It stands here as `never` since the driver's own type for it has private members, so that
   * TypeScript takes no other class for it.
   */
  readonly Connector: never;
}

/** The driver's options, as far as they matter here. */
interface RedisOptions {
  readonly host?: string;
  readonly tls?: tls.ConnectionOptions;
  /** In milliseconds. */
  readonly disconnectTimeout?: number;
}

/** The driver's own default, in milliseconds. */
const DISCONNECT_TIMEOUT_MS = 2000;

/**
 * For `new Redis({ ...forIoredis(tunnel), … })`. With `tls`, `host` is the name in the server's certificate.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forIoredis(tunnel: TunnelSource): IoredisTunnel {
  const open = opener(tunnel);

  class Connector {
    connecting = false;
    readonly disconnectTimeout: number;
    declare stream: Duplex;
    /** Of the last connection: the driver tells it when all attempts are over. */
    declare firstError?: Error;
    readonly #options: RedisOptions;

    constructor(options: unknown) {
      this.#options = (options ?? {}) as RedisOptions;
      this.disconnectTimeout = this.#options.disconnectTimeout ?? DISCONNECT_TIMEOUT_MS;
    }

    check(): boolean {
      return true;
    }

    async connect(): Promise<Duplex> {
      const { host, tls: secure } = this.#options;
      this.connecting = true;
      const socket = open();
      this.stream = secure === undefined ? socket : tlsOver(socket, host, secure);
      this.stream.once('error', (error) => {
        this.firstError = error;
      });
      return this.stream;
    }

    disconnect(): void {
      this.connecting = false;
      const { stream } = this;
      if (stream === undefined) return;
      const force = setTimeout(() => stream.destroy(), this.disconnectTimeout);
      stream.once('close', () => clearTimeout(force));
      stream.end();
    }
  }

  return { Connector: Connector as never };
}
