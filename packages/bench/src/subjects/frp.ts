/**
 * frp: a visitor, the server, and the client in front of the target, as a secret TCP proxy.
 *
 * Source: github.com/fatedier/frp, configuration of 0.52 and later.
 * @module
 */
import { freePort } from '@hybridge/conformance';
import { findProgram, outputOf } from '../program.js';
import { startPrograms } from './programs.js';
import type { Presence, Subject } from './subject.js';

/** Two frpc and an frps, without TLS. */
export const frp: Subject = {
  id: 'frp',
  name: 'frp stcp',
  about: '`frpc` (visitor) → `frps` ← `frpc`, without TLS; connections share the one of each client',
  encrypted: false,
  ours: false,
  stretches: true,
  find,
  start: async (route) => {
    const [port, entrance] = [await freePort(), await freePort()];
    return startPrograms(route, {
      port,
      entrance,
      middle: (scratch) => [
        'frps',
        '-c',
        scratch.write('frps.toml', `bindAddr = "127.0.0.1"\nbindPort = ${port}\n`),
      ],
      last: (scratch, middle) => [
        'frpc',
        '-c',
        scratch.write(
          'last.toml',
          `${client(middle)}
[[proxies]]
name = "bench"
type = "stcp"
secretKey = "bench"
localIP = "127.0.0.1"
localPort = ${route.targetPort}
`,
        ),
      ],
      first: (scratch, middle) => [
        'frpc',
        '-c',
        scratch.write(
          'first.toml',
          `${client(middle)}
[[visitors]]
name = "visitor"
type = "stcp"
serverName = "bench"
secretKey = "bench"
bindAddr = "127.0.0.1"
bindPort = ${entrance}
`,
        ),
      ],
    });
  },
};

function client(port: number): string {
  return `serverAddr = "127.0.0.1"\nserverPort = ${port}\ntransport.tls.enable = false\n`;
}

async function find(): Promise<Presence> {
  for (const name of ['frps', 'frpc']) {
    if (findProgram(name) === undefined) return { absent: 'no package in Debian: put frps and frpc on PATH' };
  }
  return { version: (await outputOf('frps', ['--version'])).trim() };
}
