/**
 * piko: a forwarder, the server, and an agent in front of the target.
 *
 * Source: github.com/andydunstall/piko.
 * @module
 */
import { freePort } from '@hybridge/conformance';
import { findProgram, outputOf } from '../program.js';
import { startPrograms } from './programs.js';
import type { Subject } from './subject.js';

/** `piko forward`, `piko server` and `piko agent`, without TLS. */
export const piko: Subject = {
  id: 'piko',
  name: 'piko',
  about: '`piko forward` → `piko server` ← `piko agent`, without TLS',
  encrypted: false,
  ours: false,
  // Forwarder and agent dial different ports of the server, and only one of them can be led elsewhere.
  stretches: false,
  find: async () =>
    findProgram('piko') === undefined
      ? { absent: 'no package in Debian: put piko on PATH' }
      : { version: /\d+(\.\d+)+/.exec(await outputOf('piko', ['--version']))?.[0] ?? 'unknown' },
  start: async (route) => {
    const [port, upstream, entrance] = [await freePort(), await freePort(), await freePort()];
    const [admin, gossip] = [await freePort(), await freePort()];
    return startPrograms(route, {
      port,
      entrance,
      middle: () => [
        'piko',
        'server',
        ...['--proxy.bind-addr', `127.0.0.1:${port}`, '--upstream.bind-addr', `127.0.0.1:${upstream}`],
        ...['--admin.bind-addr', `127.0.0.1:${admin}`, '--cluster.gossip.bind-addr', `127.0.0.1:${gossip}`],
      ],
      last: () => [
        'piko',
        ...['agent', 'tcp', 'bench', String(route.targetPort)],
        ...['--connect.url', `http://127.0.0.1:${upstream}`],
      ],
      first: (_scratch, middle) => [
        'piko',
        ...['forward', 'tcp', String(entrance), 'bench'],
        ...['--connect.url', `http://127.0.0.1:${middle}`],
      ],
    });
  },
};
