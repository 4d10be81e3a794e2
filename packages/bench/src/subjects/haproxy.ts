/**
 * Three haproxys: plain, and with TLS on the two inner legs, which is the shape of a tunnel through a relay.
 *
 * Each has one thread, as every hop of ours does. Source: HAProxy configuration manual, 2.6.
 * @module
 */
import { type ServerCertificate, serverCertificate } from '@hybridge/conformance';
import { findProgram, outputOf, Program } from '../program.js';
import { type HopPlace, startChain } from './chain.js';
import type { Presence, Subject } from './subject.js';

/** Three processes of haproxy, TCP in and TCP out, bytes spliced by the kernel where that pays. */
export const haproxy: Subject = {
  id: 'haproxy',
  name: '3 × haproxy',
  about: 'one thread each, buffers of 64 KiB, `option splice-auto`',
  encrypted: false,
  ours: false,
  stretches: true,
  find,
  start: (route) => startChain(route, (place) => launch(place)),
};

/** The same with TLS 1.3 between first and middle, and between middle and last. */
export const haproxyTls: Subject = {
  id: 'haproxy-tls',
  name: '3 × haproxy, TLS',
  about: 'TLS 1.3 with AES-128-GCM and a P-256 certificate on the two inner legs, verified; one thread each',
  encrypted: true,
  ours: false,
  stretches: true,
  find,
  start: async (route) => {
    const certificate = await serverCertificate(['localhost']);
    return startChain(route, (place) => launch(place, certificate));
  },
};

async function find(): Promise<Presence> {
  const program = findProgram('haproxy');
  if (program === undefined) return { absent: 'install haproxy' };
  const output = await outputOf(program, ['-v']);
  return { version: /version (\d+(?:\.\d+)+)/.exec(output)?.[1] ?? 'unknown' };
}

function launch(place: HopPlace, certificate?: ServerCertificate): Program {
  const text = configuration(place, certificate);
  return new Program(findProgram('haproxy')!, ['-db', '-f', place.scratch.write(`${place.name}.cfg`, text)]);
}

function configuration({ name, port, next, scratch }: HopPlace, certificate?: ServerCertificate): string {
  let bind = '';
  let server = '';
  if (certificate !== undefined) {
    const own = scratch.write(`${name}.pem`, `${certificate.cert}\n${certificate.key}\n`);
    if (name !== 'first') bind = ` ssl crt ${own}`;
    const ca = scratch.write(`${name}-ca.pem`, certificate.ca);
    if (name !== 'last') server = ` ssl verify required verifyhost localhost ca-file ${ca}`;
  }
  return `global
  nbthread 1
  maxconn 4096
  tune.bufsize 65536
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
  ssl-default-server-ciphersuites TLS_AES_128_GCM_SHA256
defaults
  mode tcp
  timeout connect 10s
  timeout client 1h
  timeout server 1h
${certificate === undefined ? '  option splice-auto\n' : ''}listen hop
  bind 127.0.0.1:${port} backlog 4096${bind}
  server next 127.0.0.1:${next}${server}
`;
}
