import { afterAll, beforeAll, describe } from 'vitest';
import { mariadbDriver } from '../src/driver-suite/mariadb.js';
import { mysql2Driver } from '../src/driver-suite/mysql2.js';
import { pgDriver } from '../src/driver-suite/pg.js';
import { postgresDriver } from '../src/driver-suite/postgres.js';
import { driverSuite } from '../src/driver-suite/suite.js';
import { requireBuild } from '../src/processes.js';
import { findMariadb, startMariadb } from '../src/services/mariadb.js';
import { startPglite } from '../src/services/pglite.js';
import { findPostgres, startPostgres } from '../src/services/postgres.js';
import type { Service } from '../src/services/service.js';

requireBuild();
const postgres = findPostgres();
const mariadb = findMariadb();

describe('PGlite through a tunnel', () => {
  const service = running(startPglite);
  driverSuite(pgDriver, service, { tls: false });
  driverSuite(postgresDriver, service, { tls: false });
});

describe.skipIf(postgres.missing)('PostgreSQL through a tunnel', () => {
  const service = running(() => startPostgres(postgres.programs!));
  for (const tls of [false, true]) {
    driverSuite(pgDriver, service, { tls });
    driverSuite(postgresDriver, service, { tls });
  }
});

describe.skipIf(mariadb.missing)('MariaDB through a tunnel', () => {
  const service = running(() => startMariadb(mariadb.programs!));
  for (const tls of [false, true]) {
    driverSuite(mysql2Driver, service, { tls });
    driverSuite(mariadbDriver, service, { tls });
  }
});

/** Starts a server before the tests of the current `describe`, and stops it after them. */
function running(start: () => Promise<Service>): () => Service {
  let service: Service | undefined;
  beforeAll(async () => {
    service = await start();
  });
  afterAll(async () => {
    await service?.stop();
  });
  return () => service!;
}
