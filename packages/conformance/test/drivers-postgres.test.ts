/** Drivers and mappers for PostgreSQL. */
import { describe } from 'vitest';
import { drizzlePgDriver } from '../src/driver-suite/drizzle.js';
import { knexPgDriver } from '../src/driver-suite/knex.js';
import { pgDriver } from '../src/driver-suite/pg.js';
import { postgresDriver } from '../src/driver-suite/postgres.js';
import { prismaDriver } from '../src/driver-suite/prisma.js';
import { sequelizePgDriver } from '../src/driver-suite/sequelize.js';
import { sqlRows } from '../src/driver-suite/sql-rows.js';
import { typeormPgDriver } from '../src/driver-suite/typeorm.js';
import { requireBuild } from '../src/processes.js';
import { startPglite } from '../src/services/pglite.js';
import { findPostgres, startPostgres } from '../src/services/postgres.js';
import { running } from '../src/services/running.js';

requireBuild();
const postgres = findPostgres();
const drivers = [pgDriver, postgresDriver];
const mappers = [knexPgDriver, sequelizePgDriver, typeormPgDriver, drizzlePgDriver, prismaDriver];

describe('without a server', () => {
  sqlRows('PGlite', drivers, running(startPglite));
});

describe.skipIf(postgres.missing)('with a server', () => {
  sqlRows(
    'PostgreSQL',
    [...drivers, ...mappers],
    running(() => startPostgres(postgres.programs!)),
  );
});
