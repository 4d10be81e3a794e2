/**
 * What an application's configuration may say, as an object: in a file, or in a program.
 * @module
 */
import type { MultiplexOptions } from '@hybridge/sender';

/** One hybrid connection. */
export interface ConnectionSettings {
  /** A connection string that may send, with `EntityPath`; or where it stands: `env:NAME`, `file:path`. */
  readonly connectionString: string;
  /**
   * The endpoint whose connections go through it, as `host:port`.
   * @defaultValue the `endpoint` in the hybrid connection's user metadata at the relay, asked at the start and once a minute
   */
  readonly endpoint?: string | undefined;
}

/** An application resource at a Hybridge relay: whatever it has attached is redirected, by the keys that it has there. */
export interface AppSettings {
  /** Address of the relay's admin port, such as `http://127.0.0.1:8081`. */
  readonly url: string;
  /** A token of the admin port with the role operator, which may read an app's keys; or where it stands. */
  readonly token: string;
  /** The app's name there. */
  readonly name: string;
  /** Needed where apps of two subscriptions have that name. */
  readonly subscription?: string | undefined;
}

/** A whole configuration. At least one connection, or an app. */
export interface RedirectSettings {
  /** At most 1,000. */
  readonly connections?: readonly ConnectionSettings[] | undefined;
  readonly app?: AppSettings | undefined;
  /**
   * A part of 127.0.0.0/8 out of which names get their addresses.
   * @defaultValue `127.77.0.0/16`
   */
  readonly virtualAddresses?: string | undefined;
  /**
   * How long a tunnel may take to open, in milliseconds.
   * @defaultValue the connection string's `OperationTimeout`, or 70_000
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How many connections to the relay are kept dialled ahead for each hybrid connection; at most 256.
   * @defaultValue 0
   */
  readonly preconnect?: number | undefined;
  /**
   * Lets many tunnels share one rendezvous, where the listener takes part.
   * @defaultValue false
   */
  readonly multiplex?: boolean | MultiplexOptions | undefined;
  /**
   * An HTTP proxy, `http://user:password@host:port` or `https://…`, or where that stands. `false` for none, whatever the
   * environment says.
   * @defaultValue what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say
   */
  readonly proxy?: string | false | undefined;
  /** Path of a PEM file with certificates to trust in place of Node's own. */
  readonly ca?: string | undefined;
  /**
   * Trusts the authorities of the machine's own store as well. Needs Node 22.15 or newer.
   * @defaultValue false
   */
  readonly systemCa?: boolean | undefined;
  /**
   * How often a ping is sent on every connection, in milliseconds.
   * @defaultValue 60_000, 20_000 through a proxy
   */
  readonly keepAliveIntervalMs?: number | undefined;
}
