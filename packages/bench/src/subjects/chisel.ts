/**
 * chisel: a client with a local port, the server, and a client with a reverse port in front of the target. SSH in
 * WebSocket.
 *
 * Source: github.com/jpillora/chisel.
 * @module
 */
import { freePort } from '@hybridge/conformance';
import { findProgram, outputOf } from '../program.js';
import { startPrograms } from './programs.js';
import type { Subject } from './subject.js';

/** Two clients and a server. */
export const chisel: Subject = {
  id: 'chisel',
  name: 'chisel',
  about:
    '`chisel client` → `chisel server --reverse` ← `chisel client`; connections share the one of each client',
  encrypted: true,
  ours: false,
  stretches: true,
  find: async () =>
    findProgram('chisel') === undefined
      ? { absent: 'install chisel, or put it on PATH' }
      : { version: (await outputOf('chisel', ['--version'])).trim() },
  start: async (route) => {
    const [port, entrance, between] = [await freePort(), await freePort(), await freePort()];
    return startPrograms(route, {
      port,
      entrance,
      between,
      middle: () => ['chisel', 'server', '--host', '127.0.0.1', '--port', String(port), '--reverse'],
      last: (_scratch, middle) => [
        'chisel',
        'client',
        `http://127.0.0.1:${middle}`,
        `R:127.0.0.1:${between}:127.0.0.1:${route.targetPort}`,
      ],
      first: (_scratch, middle) => [
        'chisel',
        'client',
        `http://127.0.0.1:${middle}`,
        `127.0.0.1:${entrance}:127.0.0.1:${between}`,
      ],
    });
  },
};
