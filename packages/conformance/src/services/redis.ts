/**
 * A real Redis server, with TLS beside the plain port and a password, that keeps nothing.
 * @module
 */
import { serverCertificate } from '../certificates.js';
import { serviceAccount } from './account.js';
import { findPrograms } from './programs.js';
import { accepts, freePort, ServerFolder, ServerProcess } from './server-process.js';
import { type Found, missing, type Programs, type RestartableService } from './service.js';

/** A running Redis. */
export interface RedisService extends RestartableService {
  readonly password: string;
  /** The port that speaks TLS. */
  readonly tlsPort: number;
  readonly ca: string;
  readonly servername: string;
}

/** Looks for Redis on this machine. */
export function findRedis(): Found<'redis-server'> {
  const programs = findPrograms(['redis-server']);
  return programs === undefined ? missing('Redis', 'redis-server') : { programs };
}

/** Starts one. */
export async function startRedis(programs: Programs<'redis-server'>): Promise<RedisService> {
  const folder = new ServerFolder('redis', serviceAccount('redis'));
  const password = 'not-a-secret';
  const servername = 'redis.test';
  const tls = await serverCertificate([servername]);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const settings = {
    ...{ port, bind: '127.0.0.1', dir: folder.path, save: '', appendonly: 'no', requirepass: password },
    ...{ 'tls-port': tlsPort, 'tls-auth-clients': 'no' },
    'tls-cert-file': folder.write('server.pem', tls.cert),
    'tls-key-file': folder.write('server.key', tls.key),
    'tls-ca-cert-file': folder.write('ca.pem', tls.ca),
  };
  const start = async () => {
    const process = new ServerProcess(
      folder,
      programs['redis-server'],
      Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    );
    await process.ready(() => accepts(port, { speaks: false }));
    return process;
  };
  let server = await start();
  return {
    ...{ host: '127.0.0.1', port, tlsPort, password, ca: tls.ca, servername },
    async restart() {
      await server.stop('SIGTERM');
      server = await start();
    },
    async stop() {
      await server.stop('SIGTERM');
      folder.remove();
    },
  };
}
