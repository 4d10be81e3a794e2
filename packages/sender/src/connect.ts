/**
 * Connects to whatever is behind a hybrid connection.
 *
 * The socket is there at once; behind it, the relay is dialled and the token asked for at the same time, and then one
 * request carries both. What can be wrong with the options is thrown here, all else is the socket's 'error'.
 *
 * Source: docs/protocol.md, sections 1.1, 1.5 and 3.1.
 * @module
 */
import type net from 'node:net';
import { RelayError } from '@hybridge/protocol';
import { type DataChannel, dial, HybridConnectionSocket } from '@hybridge/socket';
import { nativeSocket } from './native-socket.js';
import {
  type NativeSenderOptions,
  type ResolvedOptions,
  resolveOptions,
  type SenderOptions,
} from './options.js';
import { translate } from './translate.js';

/**
 * A socket whose other end is in another network, at the listener of a hybrid connection. It can be used at once, like
 * what `net.connect` returns.
 *
 * @param options - a connection string, or options; with `socket: 'native'` the socket is a real `net.Socket`
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function connect(options: NativeSenderOptions): net.Socket;
export function connect(options: string | SenderOptions): HybridConnectionSocket;
export function connect(
  options: string | SenderOptions | NativeSenderOptions,
): HybridConnectionSocket | net.Socket {
  const resolved = resolveOptions(options);
  const { allowHalfOpen, native, signal } = resolved;
  const tunnel = new HybridConnectionSocket((ended) => open(resolved, ended), {
    // In front of it the native socket decides what follows an end.
    allowHalfOpen: allowHalfOpen || native,
    ...(signal === undefined ? {} : { signal }),
  });
  return native ? nativeSocket(tunnel, { allowHalfOpen }) : tunnel;
}

async function open(options: ResolvedOptions, signal: AbortSignal): Promise<DataChannel> {
  const { address, url, protocols, connectTimeoutMs: timeoutMs, transport } = options;
  try {
    const dialling = dial(url, { timeoutMs, signal, ...transport });
    try {
      const headers = await within(headersOf(options), timeoutMs, signal);
      const { channel } = await dialling.upgrade({ headers, protocols });
      return channel;
    } catch (error) {
      dialling.abort();
      throw error;
    }
  } catch (error) {
    throw translate(error, address);
  }
}

async function headersOf(options: ResolvedOptions): Promise<Readonly<Record<string, string>>> {
  const { headers, tokenProvider, resource } = options;
  if (tokenProvider === undefined) return headers;
  let token: string | undefined;
  try {
    token = (await tokenProvider.getToken(resource))?.token;
  } catch (cause) {
    throw new RelayError('ERR_RELAY_UNAUTHORIZED', 'The token provider failed', { cause });
  }
  if (token === undefined || !/^[\x20-\x7e]+$/.test(token)) {
    throw new RelayError('ERR_RELAY_UNAUTHORIZED', 'The token provider gave no token');
  }
  return { ...headers, ServiceBusAuthorization: token };
}

/** Dialling has a time limit of its own, and can be aborted; a token provider has to be left behind. */
async function within<T>(promise: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T> {
  let leave = () => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const timer = setTimeout(() => {
        reject(new RelayError('ERR_RELAY_TIMEOUT', `There was no token within ${timeoutMs} ms`));
      }, timeoutMs);
      leave = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      promise.then(resolve, reject);
    });
  } finally {
    leave();
  }
}
