/**
 * How several processes take connections from one port.
 *
 * Where the kernel can, each has a listening socket of its own, and the kernel deals connections out evenly. Elsewhere
 * all of them wait at one socket, and whoever is awake first takes the next connection: less even, but a worker that
 * is busy takes fewer. docs/decisions/0059 has the figures of both.
 * @module
 */
import { createServer } from 'node:net';

/**
 * Makes sure that the port can be had, and finds out how.
 * @returns whether each process is to have a listening socket of its own
 * @throws Node's own error (`EADDRINUSE` …). Sockets that share a port would share it with another relay, too.
 */
export async function canReusePort(host: string, port: number): Promise<boolean> {
  await listenOnce({ host, port });
  if (!knowsReusePort(process.versions.node)) return false;
  try {
    await listenOnce({ host, port, reusePort: true });
    return true;
  } catch {
    return false;
  }
}

/** Whether `reusePort` means something to this version of Node: 22.12 and, after it, 23.1. */
export function knowsReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

function listenOnce(options: { readonly host: string; readonly port: number; readonly reusePort?: boolean }) {
  return new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(options, () => server.close(() => resolve()));
  });
}
