/**
 * Three nginx stream proxies.
 *
 * Each is one process, as every hop of ours is: no master, one worker. Source: nginx.org, ngx_stream_proxy_module.
 * @module
 */
import { existsSync } from 'node:fs';
import { findProgram, outputOf, Program } from '../program.js';
import { type HopPlace, startChain } from './chain.js';
import type { Presence, Subject } from './subject.js';

/** Debian keeps the stream module apart. */
const MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';

/** Three processes of nginx, TCP in and TCP out. */
export const nginx: Subject = {
  id: 'nginx',
  name: '3 × nginx stream',
  about: 'one worker each, `proxy_buffer_size 64k`, `tcp_nodelay`',
  encrypted: false,
  ours: false,
  stretches: true,
  find: findNginx,
  start: (route) =>
    startChain(
      route,
      (place) => new Program(findProgram('nginx')!, commandLine(place, configuration(place))),
    ),
};

/** Looks for nginx with the stream module. */
export async function findNginx(): Promise<Presence> {
  const program = findProgram('nginx');
  if (program === undefined) return { absent: 'install nginx and libnginx-mod-stream' };
  const output = await outputOf(program, ['-V']);
  if (!/--with-stream(\s|$)/.test(output) && !existsSync(MODULE))
    return { absent: 'install libnginx-mod-stream' };
  return { version: /nginx\/(\S+)/.exec(output)?.[1] ?? 'unknown' };
}

/** Arguments that start nginx in the foreground with this configuration, and files in the scratch folder alone. */
export function commandLine({ name, scratch }: Pick<HopPlace, 'name' | 'scratch'>, text: string): string[] {
  return ['-p', scratch.path, '-e', 'stderr', '-c', scratch.write(`${name}.conf`, text)];
}

/** What stands before the first block of every configuration. */
export function preamble({ name, scratch }: Pick<HopPlace, 'name' | 'scratch'>): string {
  return `${existsSync(MODULE) ? `load_module ${MODULE};` : ''}
daemon off;
master_process off;
pid ${scratch.path}/${name}.pid;
error_log stderr warn;
events { worker_connections 16384; }
`;
}

function configuration(place: HopPlace): string {
  return `${preamble(place)}
stream {
  server {
    listen 127.0.0.1:${place.port} backlog=4096;
    proxy_pass 127.0.0.1:${place.next};
    proxy_buffer_size 64k;
    proxy_half_close on;
    proxy_timeout 1h;
    tcp_nodelay on;
  }
}
`;
}
