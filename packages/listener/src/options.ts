/**
 * A listener's options: what can be said, what holds when nothing is, and the one place where they are checked.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { type RelayAddress, RelayError, relayAddress } from '@hybridge/protocol';
import { type AccessOptions, resolveAccess, SasError, type TokenProvider } from '@hybridge/sas';
import { Dialler, type TransportOptions, transportOptions } from '@hybridge/socket';
import { BACKOFF_DEFAULTS, type Backoff, type BackoffOptions } from './backoff.js';
import { type Clock, systemClock } from './clock.js';
import type { IncomingConnection } from './incoming-connection.js';
import { type MultiplexOptions, type ResolvedMultiplex, resolveMultiplex } from './sessions.js';

/** Decides about a sender before it is connected. The name is the .NET client's. */
export type AcceptHandler = (
  incoming: IncomingConnection,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that decides by itself returns nothing.
) => boolean | void | Promise<boolean | void>;

/** What a listener listens to, and how. */
export interface ListenerOptions extends AccessOptions, TransportOptions {
  /**
   * Names this listener at the relay: a GUID. One that comes back under its former id, by a token of the same policy, takes
   * the place that it still has there, rather than a second one. Two that listen at the same time must not share it.
   * @defaultValue a random one for each object
   */
  readonly id?: string | undefined;
  /**
   * Called for each sender, while it waits. It can call `accept()` or `reject()` of what it is given; a connection that
   * it accepts by itself is its own and is not emitted. `false` rejects with 400, an exception with 502, and anything
   * else accepts. It has 30 seconds.
   * @defaultValue everybody is accepted
   */
  readonly acceptHandler?: AcceptHandler | undefined;
  /**
   * As in `net.createServer`: whether sockets stay open for writing after the sender ended.
   * @defaultValue false
   */
  readonly allowHalfOpen?: boolean | undefined;
  /**
   * Whether the path of the hybrid connection is taken off the `url` of HTTP requests: `/sql/orders?x=1` becomes
   * `/orders?x=1`, and `originalUrl` keeps the former.
   * @defaultValue false: addresses that the application builds from `url` lead back to it
   */
  readonly stripPath?: boolean | undefined;
  /**
   * How many connections may be undecided, or wait to be iterated over. More are rejected with 503.
   * @defaultValue 511, the length of a TCP server's queue in Node
   */
  readonly maxPending?: number | undefined;
  /**
   * How long opening a control channel may take, in milliseconds: token, dial and handshake together.
   * @defaultValue 10_000: a dial into nowhere should not outlast the outage by much
   */
  readonly openTimeoutMs?: number | undefined;
  /**
   * How often the relay is pinged, on the control channel and on every connection, in milliseconds. Give half of the
   * time after which something on the way forgets connections that are silent.
   * @defaultValue 10_000 on the control channel, so that a relay that hangs is noticed soon; 60_000 on connections, below the
   * minutes after which NATs and load balancers do that; 20_000 on those through a proxy, since many cut after 30 seconds
   */
  readonly keepAliveIntervalMs?: number | undefined;
  /**
   * Silence on the control channel, in milliseconds, after which it counts as dead and is reopened. Above
   * `keepAliveIntervalMs`.
   * @defaultValue 20_000, or `keepAliveIntervalMs` and half of it where that is more: one ping, and time for the answer
   */
  readonly livenessTimeoutMs?: number | undefined;
  /**
   * How many connections to the relay are kept dialled ahead, with TLS and through the proxy: a sender is then met without
   * those round trips. 0 to 256, for each server that the relay's addresses lead to, of which the last four count. They
   * are silent and short-lived: each is renewed after 15 to 20 seconds.
   * @defaultValue 0
   */
  readonly preconnect?: number | undefined;
  /**
   * Whether senders of ours that ask for it may have many streams in one rendezvous, and how many. Each stream is an
   * incoming connection like any other, with the path, query and headers of its rendezvous.
   * @defaultValue true: what a sender gains by it, cheaper connections, is bounded as connections are
   */
  readonly multiplex?: boolean | MultiplexOptions | undefined;
  /** How long to wait between attempts. */
  readonly backoff?: BackoffOptions | undefined;
  /** Closes the listener when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Where time and chance come from. For tests. */
  readonly clock?: Clock | undefined;
}

/** Options with nothing left open, but for what may be absent inside as well. */
export interface ResolvedOptions {
  readonly id: string;
  readonly address: RelayAddress;
  /** What tokens are asked for. */
  readonly resource: string;
  readonly tokenProvider: TokenProvider;
  readonly acceptHandler: AcceptHandler | undefined;
  readonly allowHalfOpen: boolean;
  readonly stripPath: boolean;
  readonly maxPending: number;
  /** `undefined` where nothing is multiplexed. */
  readonly multiplex: ResolvedMultiplex | undefined;
  readonly openTimeoutMs: number;
  readonly livenessTimeoutMs: number;
  readonly backoff: Backoff;
  /** How the relay is reached. */
  readonly transport: TransportOptions;
  /** Dials each rendezvous. */
  readonly dialler: Dialler;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

const DEFAULTS = {
  allowHalfOpen: false,
  stripPath: false,
  maxPending: 511,
  openTimeoutMs: 10_000,
  livenessTimeoutMs: 20_000,
  clock: systemClock,
} as const;

/** Between two pings on a control channel, in milliseconds. With as long for the answer: docs/decisions/0073-status-that-is-true.md. */
export const PING_INTERVAL_MS = 10_000;

/** Node's timers hold no more. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Checks the options and fills in what was left out.
 * @throws RelayError `ERR_RELAY_ARGUMENT`, naming the option and never the value of a secret.
 */
export function resolveOptions(options: string | ListenerOptions): ResolvedOptions {
  const given = typeof options === 'string' ? { connectionString: options } : options;
  if (typeof given !== 'object' || given === null) {
    throw argument('Give a connection string or options. Is the variable that should hold it set?');
  }
  const { address, resource, tokenProvider } = accessOf(given);
  const transport = transportOptions(given);
  const pingIntervalMs = transport.keepAliveIntervalMs ?? PING_INTERVAL_MS;
  const resolved = {
    id: idOf(given.id),
    address,
    resource,
    tokenProvider,
    acceptHandler: given.acceptHandler,
    allowHalfOpen: given.allowHalfOpen ?? DEFAULTS.allowHalfOpen,
    stripPath: given.stripPath ?? DEFAULTS.stripPath,
    maxPending: given.maxPending ?? DEFAULTS.maxPending,
    multiplex: resolveMultiplex(given.multiplex),
    openTimeoutMs: milliseconds('openTimeoutMs', given.openTimeoutMs, DEFAULTS.openTimeoutMs),
    livenessTimeoutMs: milliseconds(
      'livenessTimeoutMs',
      given.livenessTimeoutMs,
      Math.max(DEFAULTS.livenessTimeoutMs, 1.5 * pingIntervalMs),
    ),
    backoff: backoffOf(given.backoff ?? {}),
    transport,
    dialler: new Dialler({ ...transport, preconnect: given.preconnect }),
    signal: given.signal,
    clock: given.clock ?? DEFAULTS.clock,
  };
  if (!Number.isInteger(resolved.maxPending) || resolved.maxPending < 1) {
    throw argument('maxPending must be a whole number above 0');
  }
  if (resolved.livenessTimeoutMs <= pingIntervalMs) {
    throw argument('livenessTimeoutMs must be above keepAliveIntervalMs, or no answer could ever be in time');
  }
  return resolved;
}

function accessOf(given: ListenerOptions): Pick<ResolvedOptions, 'address' | 'resource' | 'tokenProvider'> {
  try {
    const { endpoint, entityPath, resource, tokenProvider } = resolveAccess(given);
    if (tokenProvider === undefined) {
      throw argument('A listener needs a credential: a key, a token or a token provider');
    }
    return { address: relayAddress(endpoint, entityPath), resource, tokenProvider };
  } catch (error) {
    throw error instanceof SasError ? argument(error.message, error) : error;
  }
}

function idOf(given: string | undefined): string {
  if (given === undefined) return randomUUID();
  if (!GUID.test(given)) throw argument('id must be a GUID');
  return given.toLowerCase();
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function backoffOf(given: BackoffOptions): Backoff {
  const of = (name: keyof Backoff) => milliseconds(`backoff.${name}`, given[name], BACKOFF_DEFAULTS[name]);
  return {
    firstMs: of('firstMs'),
    earlyMs: of('earlyMs'),
    earlyForMs: of('earlyForMs'),
    maxMs: of('maxMs'),
    refusedMs: of('refusedMs'),
  };
}

function milliseconds(name: string, given: number | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  if (!(given > 0 && given <= MAX_MS)) {
    throw argument(`${name} must be a number of milliseconds above 0 and below 25 days`);
  }
  return given;
}

function argument(message: string, cause?: Error): RelayError {
  return new RelayError('ERR_RELAY_ARGUMENT', message, cause === undefined ? {} : { cause });
}
