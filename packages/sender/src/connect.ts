/**
 * Connects to whatever is behind a hybrid connection, once.
 *
 * The socket is there at once; behind it, the relay is dialled and the token asked for at the same time, and then one
 * request carries both. What can be wrong with the options is thrown here, all else is the socket's 'error'.
 *
 * Source: docs/protocol.md, sections 1.1, 1.5 and 3.1.
 * @module
 */
import type net from 'node:net';
import type { HybridConnectionSocket } from '@hybridge/socket';
import { nativeSocket } from './native-socket.js';
import { isNative, type NativeSenderOptions, type SenderOptions } from './options.js';
import { HybridConnectionSender } from './sender.js';

/**
 * As the other form, but a real `net.Socket` in front of the tunnel, for the few drivers that work below a stream.
 *
 * @param options - with `socket: 'native'`
 * @throws RelayError `ERR_RELAY_ARGUMENT`, at once, when the options cannot be used
 */
export function connect(options: NativeSenderOptions): net.Socket;
/**
 * A socket whose other end is in another network, at the listener of a hybrid connection. It can be used at once, like
 * what `net.connect` returns. To connect often, use a {@link HybridConnectionSender}.
 *
 * What can go wrong later is the socket's 'error', a `ConnectError`.
 *
 * @param options - a connection string, or options
 * @throws RelayError `ERR_RELAY_ARGUMENT`, at once, when the options cannot be used
 */
export function connect(options: string | SenderOptions): HybridConnectionSocket;
export function connect(
  options: string | SenderOptions | NativeSenderOptions,
): HybridConnectionSocket | net.Socket {
  const native = isNative(options);
  const sender = new HybridConnectionSender(options as SenderOptions);
  if (!native) return sender.connect();
  // In front of it the native socket decides what follows an end.
  const { allowHalfOpen = false } = options as NativeSenderOptions;
  return nativeSocket(sender.connect({ allowHalfOpen: true }), { allowHalfOpen });
}
