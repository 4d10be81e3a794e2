/**
 * A real MariaDB server, with TLS and password authentication, in a temporary folder.
 * @module
 */
import { serverCertificate } from '../certificates.js';
import { serviceAccount } from './account.js';
import { findPrograms } from './programs.js';
import { accepts, freePort, ServerFolder, ServerProcess } from './server-process.js';
import { type Found, missing, type Programs, type RestartableService, type Service } from './service.js';

/** The programs that come with MariaDB and that tests use. */
export type MariadbProgram = 'mariadbd' | 'mariadb-install-db';

/** Looks for MariaDB on this machine. */
export function findMariadb(): Found<MariadbProgram> {
  const programs = findPrograms(['mariadbd', 'mariadb-install-db']);
  return programs === undefined ? missing('MariaDB', 'mariadb-server') : { programs };
}

/** Makes a new data folder and starts a server on it. Durability is off: the data lives as long as the test. */
export async function startMariadb(
  programs: Programs<MariadbProgram>,
): Promise<Service & RestartableService> {
  const folder = new ServerFolder('mariadb', serviceAccount('mysql'));
  const user = 'app';
  const password = 'not-a-secret';
  const servername = 'db.test';
  const tls = await serverCertificate([servername]);
  const data = `${folder.path}/data`;
  await folder.run(programs['mariadb-install-db'], [
    ...['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
  ]);
  const bootstrap = folder.write(
    'init.sql',
    [
      'CREATE DATABASE IF NOT EXISTS app;',
      `CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${password}';`,
      `GRANT ALL ON app.* TO '${user}'@'%';`,
    ].join('\n'),
  );
  const port = await freePort();
  const settings = [
    ...['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1'],
    ...[`--socket=${folder.path}/socket`, `--pid-file=${folder.path}/pid`, '--skip-name-resolve'],
    ...['--innodb-flush-log-at-trx-commit=0', '--max-allowed-packet=64M', `--init-file=${bootstrap}`],
    `--ssl-cert=${folder.write('server.pem', tls.cert)}`,
    `--ssl-key=${folder.write('server.key', tls.key)}`,
  ];
  const start = async () => {
    const process = new ServerProcess(folder, programs.mariadbd, settings);
    await process.ready(() => accepts(port, { speaks: true }));
    return process;
  };
  let server = await start();
  return {
    name: 'MariaDB',
    host: '127.0.0.1',
    port,
    user,
    password,
    database: 'app',
    ca: tls.ca,
    servername,
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
