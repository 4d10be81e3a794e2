/**
 * Three stunnels: TLS out of the first, TLS into and out of the middle one, TLS into the last.
 *
 * A service of stunnel has TLS on one side only, so the middle one has two, joined over loopback within the process.
 * Source: stunnel(8).
 * @module
 */
import { freePort, serverCertificate } from '@hybridge/conformance';
import { findProgram, outputOf, Program } from '../program.js';
import { startChain } from './chain.js';
import type { Presence, Subject } from './subject.js';

/** Three processes of stunnel. */
export const stunnel: Subject = {
  id: 'stunnel',
  name: '3 × stunnel',
  about: 'TLS 1.3 with AES-128-GCM and a P-256 certificate on the two inner legs, verified; `TCP_NODELAY`',
  encrypted: true,
  ours: false,
  stretches: true,
  find,
  start: async (route) => {
    const { cert, key, ca } = await serverCertificate(['localhost']);
    const between = await freePort();
    return startChain(route, ({ name, port, next, scratch }) => {
      const server = `cert = ${scratch.write('server.pem', cert)}\nkey = ${scratch.write('server.key', key)}\n`;
      const client = `client = yes\nCAfile = ${scratch.write('ca.pem', ca)}\nverifyChain = yes\ncheckHost = localhost\n`;
      const services = {
        first: service('out', port, next, client),
        middle: service('in', port, between, server) + service('out', between, next, client),
        last: service('in', port, next, server),
      };
      return new Program(findProgram('stunnel')!, [scratch.write(`${name}.conf`, GLOBAL + services[name])]);
    });
  },
};

const GLOBAL = `foreground = yes
pid =
debug = err
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
sslVersionMin = TLSv1.3
ciphersuites = TLS_AES_128_GCM_SHA256
`;

function service(name: string, accept: number, connect: number, rest: string): string {
  return `[${name}]\naccept = 127.0.0.1:${accept}\nconnect = 127.0.0.1:${connect}\n${rest}`;
}

async function find(): Promise<Presence> {
  const program = findProgram('stunnel');
  if (program === undefined) return { absent: 'install stunnel4' };
  const output = await outputOf(program, ['-version']);
  return { version: /stunnel (\d\S*)/.exec(output)?.[1] ?? 'unknown' };
}
