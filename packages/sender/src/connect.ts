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
import { type DataChannel, dial, HybridConnectionSocket } from '@hybridge/socket';
import { authorizedHeaders } from './authorized-headers.js';
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
      const headers = await authorizedHeaders(options, timeoutMs, signal);
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
