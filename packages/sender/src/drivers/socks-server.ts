/**
 * A SOCKS5 server in this process whose connections all go through tunnels, for drivers that take a proxy and no stream.
 *
 * Any account of the machine can reach a port on the loopback address, so that a client has to bring a password. A cut on
 * one side is a cut on the other. Who keeps the process alive is the client's socket, in this process as well: nothing
 * here does.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import { acceptSocks5, type HybridConnectionSocket, readSocks5, refuseSocks5 } from '@hybridge/socket';
import type { TunnelOpenerFor } from './tunnel-source.js';

/** Who may use it, and for how long. */
interface SocksServerOptions {
  readonly credentials: { readonly username: string; readonly password: string };
  /** Closes the port. */
  readonly signal?: AbortSignal;
}

/** For the whole conversation before the tunnel, in milliseconds: the client is in this process. */
const GREETING_TIMEOUT_MS = 10_000;

/**
 * Starts it on a free port.
 * @param open - with `allowHalfOpen`
 * @returns where it listens
 */
export async function socksServer(
  open: TunnelOpenerFor,
  { credentials, signal }: SocksServerOptions,
): Promise<net.AddressInfo> {
  signal?.throwIfAborted();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, async (client) => {
    client.unref().on('error', () => {});
    const late = setTimeout(() => client.destroy(), GREETING_TIMEOUT_MS).unref();
    const target = await readSocks5(client, { credentials });
    clearTimeout(late);
    if (target === undefined) return;
    try {
      join(client, open(target.host, target.port).unref());
    } catch {
      refuseSocks5(client); // no tunnel for this one
    }
  });
  server.listen({ host: '127.0.0.1', port: 0 }).unref();
  await once(server, 'listening');
  // Without a listener for it, one connection more than there are descriptors would end the process.
  server.on('error', () => {});
  signal?.addEventListener('abort', () => server.close(), { once: true });
  return server.address() as net.AddressInfo;
}

function join(client: net.Socket, tunnel: HybridConnectionSocket): void {
  const onFailure = (error: NodeJS.ErrnoException) => refuseSocks5(client, error.code);
  client.once('close', (hadError) => {
    if (hadError || !client.readableEnded) tunnel.destroy();
  });
  tunnel.once('error', onFailure);
  tunnel.once('connect', () => {
    tunnel.off('error', onFailure).on('error', () => client.resetAndDestroy());
    acceptSocks5(client);
    client.pipe(tunnel).pipe(client);
  });
}
