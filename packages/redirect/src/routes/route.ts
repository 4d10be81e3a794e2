/**
 * One endpoint, and the hybrid connection through which it is reached.
 * @module
 */
import type { HybridConnectionSocket, OpeningChannel } from '@hybridge/socket';

/** Connections to `host:port` go through a hybrid connection. */
export interface Route {
  /** A DNS name, a machine name or an IP address (IPv6 without brackets), as `hostKey()` writes it. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** The hybrid connection's name in its namespace. */
  readonly hybridConnection: string;
  /** Host, and port unless it is the scheme's own, of the relay's namespace. */
  readonly namespace: string;
  /**
   * A socket whose other end is at the endpoint. It is there at once and opens by itself; each side is ended on its own
   * (`allowHalfOpen`), as `splice()` wants it. Why it did not open is its 'error'; `code` is a word of Node's.
   */
  open(): HybridConnectionSocket;
  /** The same below the streams: for `splice()`, which needs no stream in between. */
  openChannel(): OpeningChannel;
}

/** A route as it is written in logs: `host:port`, IPv6 in brackets. */
export function formatEndpoint({ host, port }: Pick<Route, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
