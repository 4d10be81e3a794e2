/**
 * A real PostgreSQL server, with TLS and password authentication, in a temporary folder.
 * @module
 */
import { serverCertificate } from '../certificates.js';
import { serviceAccount } from './account.js';
import { findPrograms, postgresFolders } from './programs.js';
import { accepts, freePort, ServerFolder, ServerProcess } from './server-process.js';
import { type Found, missing, type Programs, type Service } from './service.js';

/** The programs that come with PostgreSQL and that tests use. */
export type PostgresProgram = 'initdb' | 'postgres' | 'psql' | 'pgbench';

/** Looks for PostgreSQL on this machine. */
export function findPostgres(): Found<PostgresProgram> {
  const programs = findPrograms(['initdb', 'postgres', 'psql', 'pgbench'], postgresFolders());
  return programs === undefined ? missing('PostgreSQL', 'postgresql') : { programs };
}

/** Makes a new cluster and starts it. Durability is off: the data lives as long as the test. */
export async function startPostgres(programs: Programs<PostgresProgram>): Promise<Service> {
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
  const server = new ServerProcess(folder, programs.postgres, [
    ...['-D', data],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  await server.ready(() => accepts(port, { speaks: false }));
  return {
    name: 'PostgreSQL',
    host: '127.0.0.1',
    port,
    user,
    password,
    database: 'postgres',
    ca: tls.ca,
    servername,
    async stop() {
      await server.stop('SIGINT'); // "fast": ends open sessions, PostgreSQL manual, 19.5
      folder.remove();
    },
  };
}
