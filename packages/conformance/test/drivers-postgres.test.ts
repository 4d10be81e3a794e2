/** Drivers and mappers for PostgreSQL. */
import { describe } from 'vitest';
import { drizzlePgDriver } from '../src/driver-suite/drizzle.js';
import { knexPgDriver } from '../src/driver-suite/knex.js';
import { losingPool, losses } from '../src/driver-suite/losses.js';
import { pgDriver } from '../src/driver-suite/pg.js';
import { postgresDriver } from '../src/driver-suite/postgres.js';
import { prismaDriver } from '../src/driver-suite/prisma.js';
import { sequelizePgDriver } from '../src/driver-suite/sequelize.js';
import { driverSuite } from '../src/driver-suite/suite.js';
import { typeormPgDriver } from '../src/driver-suite/typeorm.js';
import { requireBuild } from '../src/processes.js';
import { startPglite } from '../src/services/pglite.js';
import { findPostgres, startPostgres } from '../src/services/postgres.js';
import { running } from '../src/services/running.js';

requireBuild();
const postgres = findPostgres();
const mappers = [knexPgDriver, sequelizePgDriver, typeormPgDriver, drizzlePgDriver, prismaDriver];

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
  for (const mapper of mappers) driverSuite(mapper, service, { tls: false, connections: [10] });
  losses([pgDriver, postgresDriver, ...mappers].map(losingPool), service);
});
