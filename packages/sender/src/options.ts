/**
 * A sender's options: what can be said, what holds when nothing is, and the one place where they are checked.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import {
  connectUrl,
  type RelayAddress,
  RelayError,
  relayAddress,
  SENDER_CONNECT_TIMEOUT_MS,
} from '@hybridge/protocol';
import { type AccessOptions, resolveAccess, SasError, type TokenProvider } from '@hybridge/sas';
import { type DiallerOptions, type TransportOptions, transportOptions } from '@hybridge/socket';
import type { MultiplexOptions } from './multiplex-options.js';

/** What to connect to, and how. */
export interface SenderOptions extends AccessOptions, TransportOptions {
  /** More path for the listener to read, such as `/tenants/7`, as text. */
  readonly suffix?: string | undefined;
  /** A query for the listener to read, such as `?color=red`, as it stands in a URL. */
  readonly query?: string | undefined;
  /** Headers for the listener to read. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Subprotocols to offer to the listener, the preferred one first. */
  readonly protocols?: readonly string[] | undefined;
  /**
   * How long connecting may take, in milliseconds, from asking for a token to the listener's answer.
   * @defaultValue the connection string's `OperationTimeout`, or 70_000: the relay gives up first, after 30 s, and says why
   */
  readonly connectTimeoutMs?: number | undefined;
  /** Destroys the socket with an `AbortError` when it is aborted, connecting or connected. */
  readonly signal?: AbortSignal | undefined;
  /**
   * As in `net.connect`: whether this end stays open for writing after the far end ended.
   * @defaultValue false
   */
  readonly allowHalfOpen?: boolean | undefined;
}

/** Asks for a real `net.Socket` in front of the tunnel, for the few drivers that work below a stream, such as `mariadb` with TLS. */
export interface NativeSenderOptions extends SenderOptions {
  /** The only value there is; leave it out for a `HybridConnectionSocket`. */
  readonly socket: 'native';
}

/** What a sender that is used again and again is told besides. */
export interface HybridConnectionSenderOptions extends SenderOptions, Pick<DiallerOptions, 'preconnect'> {
  /**
   * How many connections to the relay are kept dialled ahead, with TLS and through the proxy: a tunnel then opens without
   * those round trips. 0 to 256. They are silent and short-lived: each is renewed after 15 to 20 seconds.
   * @defaultValue 0
   */
  readonly preconnect?: number | undefined;
  /**
   * Lets many tunnels share one rendezvous, where the listener is ours and takes part: for loads of many short
   * connections, which then open in one round trip and at a fraction of the cost. With any other listener tunnels open as
   * ever. A loss on the one connection that they share delays all of them.
   * @defaultValue false
   */
  readonly multiplex?: boolean | MultiplexOptions | undefined;
}

/** Options with nothing left open, but for what may be absent inside as well. */
export interface ResolvedOptions {
  readonly address: RelayAddress;
  /** What to dial. */
  readonly url: URL;
  /** The same for another connection, with an id of its own. */
  readonly nextUrl: () => string;
  /** What tokens are asked for. */
  readonly resource: string;
  /** `undefined` for a hybrid connection whose senders need no credential. */
  readonly tokenProvider: TokenProvider | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** How the relay is reached. */
  readonly transport: TransportOptions;
  readonly allowHalfOpen: boolean;
}

/** Node's timers hold no more. */
const MAX_MS = 2 ** 31 - 1;

/** Written by the handshake, or the credential's own place. */
const RESERVED_HEADER =
  /^(?:connection|content-length|host|sec-websocket-.*|servicebusauthorization|transfer-encoding|upgrade)$/i;

/**
 * Checks the options and fills in what was left out.
 * @throws RelayError `ERR_RELAY_ARGUMENT`, naming the option and never the value of a secret.
 */
export function resolveOptions(options: string | SenderOptions | NativeSenderOptions): ResolvedOptions {
  const given = typeof options === 'string' ? { connectionString: options } : options;
  if (typeof given !== 'object' || given === null) {
    throw argument('Give a connection string or options. Is the variable that should hold it set?');
  }
  const { endpoint, entityPath, resource, tokenProvider, operationTimeoutMs } = accessOf(given);
  const address = relayAddress(endpoint, entityPath);
  const connectTimeoutMs = given.connectTimeoutMs ?? operationTimeoutMs ?? SENDER_CONNECT_TIMEOUT_MS;
  if (!(connectTimeoutMs > 0 && connectTimeoutMs <= MAX_MS)) {
    throw argument('connectTimeoutMs must be a number of milliseconds above 0 and below 25 days');
  }
  const url = connectUrl(address, { id: randomUUID(), suffix: given.suffix, query: given.query });
  const withoutId = url.href.slice(0, -randomUUID().length);
  return {
    address,
    url,
    // The id comes last.
    nextUrl: () => withoutId + randomUUID(),
    resource,
    tokenProvider,
    headers: checkedHeaders(given.headers ?? {}),
    protocols: checkedProtocols(given.protocols ?? []),
    connectTimeoutMs,
    signal: given.signal,
    transport: transportOptions(given),
    allowHalfOpen: given.allowHalfOpen ?? false,
  };
}

function accessOf(given: AccessOptions) {
  try {
    return resolveAccess(given);
  } catch (error) {
    throw error instanceof SasError ? argument(error.message, error) : error;
  }
}

/** Whether a real `net.Socket` is wanted. @throws RelayError `ERR_RELAY_ARGUMENT` */
export function isNative(given: string | SenderOptions | NativeSenderOptions): boolean {
  const socket = typeof given === 'object' && given !== null && 'socket' in given ? given.socket : undefined;
  if (socket !== undefined && socket !== 'native') throw argument("socket must be 'native' or left out");
  return socket === 'native';
}

function checkedHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (RESERVED_HEADER.test(name)) throw argument(`The header ${name} is not yours to give`);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      // Node's message names the header and not its value.
      throw argument((error as Error).message, error as Error);
    }
  }
  return headers;
}

/** A subprotocol is a token, as the name of a header is (RFC 6455, section 4.1). */
function checkedProtocols(protocols: readonly string[]): readonly string[] {
  for (const [index, protocol] of protocols.entries()) {
    try {
      validateHeaderName(protocol);
    } catch (error) {
      throw argument(`protocols[${index}] is not the name of a subprotocol`, error as Error);
    }
    if (protocols.indexOf(protocol) < index) throw argument(`The subprotocol ${protocol} is offered twice`);
  }
  return protocols;
}

function argument(message: string, cause?: Error): RelayError {
  return new RelayError('ERR_RELAY_ARGUMENT', message, cause === undefined ? {} : { cause });
}
