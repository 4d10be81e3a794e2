/**
 * How connections to a relay are made and kept, whatever then runs over them: the options that sender, listener,
 * manager and commands have in common.
 * @module
 */
import type net from 'node:net';
import { RelayError } from '@hybridge/protocol';
import { type ProxyOption, proxyFor } from './proxy.js';
import { type DialTlsOptions, relayTls } from './trust.js';

/** How a relay is reached. */
export interface TransportOptions {
  /** For `wss:`. The server name is the host of the address unless given here. */
  readonly tls?: DialTlsOptions | undefined;
  /**
   * Trusts the authorities of the machine's own store, besides those of `tls.ca` or, without that, Node's. Needs Node
   * 22.15 or newer.
   * @defaultValue false
   */
  readonly systemCa?: boolean | undefined;
  /**
   * An HTTP proxy for every connection to the relay: `http://` or `https://`, `user:password@` before its host when it
   * asks for that. `false` for none, whatever the environment says.
   * @defaultValue what `HTTPS_PROXY` (`wss:`), `HTTP_PROXY` (`ws:`), `ALL_PROXY` and `NO_PROXY` say at each connection
   */
  readonly proxy?: ProxyOption | undefined;
  /** Resolves the name that is dialled, the relay's or its proxy's, instead of `dns.lookup`. */
  readonly lookup?: net.LookupFunction | undefined;
  /**
   * How often a ping is sent, in milliseconds. Below the time after which something on the way forgets connections that
   * are silent; half of it is right.
   * @defaultValue 60_000, or 20_000 through a proxy
   */
  readonly keepAliveIntervalMs?: number | undefined;
}

/** Ours: many proxies cut what is idle for 30 seconds, so a ping and its answer have to come well before. */
export const PROXIED_KEEP_ALIVE_MS = 20_000;

/** Node's timers hold no more. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Takes these options out of others, and checks what can be checked before anything is dialled.
 * @throws RelayError `ERR_RELAY_ARGUMENT`, never with a password.
 */
export function transportOptions(given: TransportOptions): TransportOptions {
  if (CHECKED.has(given)) return given;
  const { tls, systemCa, proxy, lookup, keepAliveIntervalMs } = given;
  if (proxy !== undefined) proxyFor(ANYWHERE, proxy);
  if (keepAliveIntervalMs !== undefined && !(keepAliveIntervalMs > 0 && keepAliveIntervalMs <= MAX_MS)) {
    throw new RelayError(
      'ERR_RELAY_ARGUMENT',
      'keepAliveIntervalMs must be a number of milliseconds above 0 and below 25 days',
    );
  }
  relayTls({ tls, systemCa });
  const checked = { tls, systemCa, proxy, lookup, keepAliveIntervalMs };
  CHECKED.add(checked);
  return checked;
}

/** What came of a check need not be checked again. */
const CHECKED = new WeakSet<TransportOptions>();

const ANYWHERE = { secure: true, hostname: 'relay', port: 443 };
