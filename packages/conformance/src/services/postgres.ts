/**
 * A real PostgreSQL server, with TLS and password authentication, in a temporary folder.
 * @module
 */
import net from 'node:net';
import { serverCertificate } from '../certificates.js';
import { serviceAccount } from './account.js';
import { findPrograms, postgresFolders } from './programs.js';
import { freePort, ServerFolder, ServerProcess } from './server-process.js';
import { type Found, missing, type Programs, type RestartableService, type Service } from './service.js';

/** The programs that come with PostgreSQL and that tests use. */
export type PostgresProgram = 'initdb' | 'postgres' | 'psql' | 'pgbench';

/** Looks for PostgreSQL on this machine. */
export function findPostgres(): Found<PostgresProgram> {
  const programs = findPrograms(['initdb', 'postgres', 'psql', 'pgbench'], postgresFolders());
  return programs === undefined ? missing('PostgreSQL', 'postgresql') : { programs };
}

/** Makes a new cluster and starts it. Durability is off: the data lives as long as the test. */
export async function startPostgres(
  programs: Programs<PostgresProgram>,
): Promise<Service & RestartableService> {
  const folder = new ServerFolder('postgres', serviceAccount('postgres'));
  const user = 'app';
  const password = 'not-a-secret';
  const servername = 'db.test';
  const tls = await serverCertificate([servername]);
  const data = `${folder.path}/data`;
  await folder.run(programs.initdb, [
    ...['--pgdata', data, '--username', user, '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    ...['--auth', 'scram-sha-256', '--pwfile', folder.write('password', password)],
  ]);
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    ssl: 'on',
    ssl_cert_file: folder.write('server.pem', tls.cert),
    ssl_key_file: folder.write('server.key', tls.key),
  };
  const start = async () => {
    const process = new ServerProcess(folder, programs.postgres, [
      ...['-D', data],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    await process.ready(() => isReady(port, user));
    return process;
  };
  let server = await start();
  return {
    name: 'PostgreSQL',
    host: '127.0.0.1',
    port,
    user,
    password,
    database: 'postgres',
    ca: tls.ca,
    servername,
    async restart() {
      await server.stop('SIGINT'); // "fast": ends open sessions, PostgreSQL manual, 19.5
      server = await start();
    },
    async stop() {
      await server.stop('SIGINT');
      folder.remove();
    },
  };
}

/**
 * Whether it asks for a password. It accepts connections before that, and sends them away again: it is starting up.
 * Source: PostgreSQL manual, 55.7 (StartupMessage, AuthenticationSASL).
 */
function isReady(port: number, user: string): Promise<boolean> {
  const parameters = Buffer.from(`user\0${user}\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(head.length + parameters.length);
  head.writeUInt32BE(3 << 16, 4); // version 3.0
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(Buffer.concat([head, parameters])));
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('data', ([kind]: Buffer) => answer(kind === 'R'.charCodeAt(0)));
    socket.once('end', () => answer(false));
    socket.once('error', () => answer(false));
  });
}
