/**
 * What an adapter for a driver is given, and how it gets its connections from it.
 * @module
 */
import type net from 'node:net';
import type { HybridConnectionSocket } from '@hybridge/socket';
import type { HybridConnectionSenderOptions, SenderOptions } from '../options.js';
import { HybridConnectionSender } from '../sender.js';

/** Where an adapter's connections go: a connection string, a sender's options, or a sender that others use as well. */
export type TunnelSource = string | HybridConnectionSenderOptions | Pick<HybridConnectionSender, 'connect'>;

/**
 * The same for drivers that connect to several servers and say which one they mean, as of a cluster. Each server is
 * behind a hybrid connection of its own.
 * @param host - as the driver was told, by its configuration or by the cluster
 */
export type TunnelSourceFor = (host: string, port: number) => TunnelSource;

/** How the connections of an adapter are, beside what its source says. */
type TunnelWay = Pick<SenderOptions, 'allowHalfOpen'>;

/**
 * Opens an adapter's connections.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function opener(source: TunnelSource, way?: TunnelWay): () => HybridConnectionSocket {
  const sender = senderOf(source);
  return () => sender.connect(way);
}

/** Opens a connection to the server that the driver means. */
export type TunnelOpenerFor = (host: string, port: number) => HybridConnectionSocket;

/** Opens connections for drivers that say which server they mean. */
export function openerFor(source: TunnelSource | TunnelSourceFor, way?: TunnelWay): TunnelOpenerFor {
  if (typeof source !== 'function') return opener(source, way);
  return (host, port) => senderOf(source(host, port)).connect(way);
}

/** What opens connections. */
export function senderOf(source: TunnelSource): Pick<HybridConnectionSender, 'connect'> {
  const isSender = typeof source === 'object' && source !== null && 'connect' in source;
  return isSender ? source : new HybridConnectionSender(source);
}

/** For drivers whose types ask for a `net.Socket` and whose code is content with the face of one. */
export function asNetSocket(socket: HybridConnectionSocket): net.Socket {
  return socket as unknown as net.Socket;
}

/**
 * Waits for a connection, for drivers that want it open.
 * @param signal - destroys it, unless it is open by then
 */
export function opened(socket: HybridConnectionSocket, signal?: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const onAbort = () => socket.destroy(signal!.reason);
    const onError = (error: Error) => {
      signal?.removeEventListener('abort', onAbort);
      reject(error);
    };
    socket.once('error', onError).once('connect', () => {
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      resolve(asNetSocket(socket));
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
