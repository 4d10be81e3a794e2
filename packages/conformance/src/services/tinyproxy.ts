/**
 * tinyproxy: a real HTTP proxy that asks for a password, and cuts what is idle for too long.
 *
 * Source: tinyproxy.conf(5).
 * @module
 */
import { serviceAccount } from './account.js';
import { findPrograms } from './programs.js';
import { accepts, freePort, ServerFolder, ServerProcess } from './server-process.js';
import { type Found, missing, type Programs } from './service.js';

/** A running proxy. */
export interface ProxyService {
  /** With user and password in it. */
  readonly url: string;
  /** Without. */
  readonly host: string;
  /** Ends it, and every connection through it. */
  stop(): Promise<void>;
}

/** How it is set up. */
export interface TinyproxyOptions {
  /** Silence after which a connection is cut, in whole seconds; the proxy's own default is ten minutes. */
  readonly idleSeconds?: number;
  /** The only ports that it connects to; all when absent. */
  readonly ports?: readonly number[];
}

/** Looks for tinyproxy on this machine. */
export function findTinyproxy(): Found<'tinyproxy'> {
  const programs = findPrograms(['tinyproxy']);
  return programs === undefined ? missing('tinyproxy', 'tinyproxy-bin') : { programs };
}

/** Starts one that asks for a password. */
export async function startTinyproxy(
  programs: Programs<'tinyproxy'>,
  { idleSeconds = 600, ports = [] }: TinyproxyOptions = {},
): Promise<ProxyService> {
  const folder = new ServerFolder('tinyproxy', serviceAccount());
  const port = await freePort();
  const lines = [
    `Port ${port}`,
    'Listen 127.0.0.1',
    'Allow 127.0.0.1',
    'BasicAuth jane not-a-secret',
    `Timeout ${idleSeconds}`,
    'MaxClients 100',
    'LogLevel Error',
    ...ports.map((each) => `ConnectPort ${each}`),
  ];
  const server = new ServerProcess(folder, programs.tinyproxy, [
    ...['-d', '-c', folder.write('tinyproxy.conf', `${lines.join('\n')}\n`)],
  ]);
  await server.ready(() => accepts(port, { speaks: false }));
  const host = `127.0.0.1:${port}`;
  return {
    host,
    url: `http://jane:not-a-secret@${host}`,
    async stop() {
      await server.stop('SIGTERM');
      folder.remove();
    },
  };
}
