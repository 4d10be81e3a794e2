/** Drivers and mappers for PostgreSQL. */
import { describe } from 'vitest';
import { SQL_ROWS, sqlRows } from '../src/driver-suite/rows.js';
import { requireBuild } from '../src/processes.js';
import { startPglite } from '../src/services/pglite.js';
import { findPostgres, startPostgres } from '../src/services/postgres.js';
import { running } from '../src/services/running.js';

requireBuild();
const postgres = findPostgres();

describe('PGlite through a tunnel', () => {
  sqlRows(SQL_ROWS.PGlite, running(startPglite));
});

describe.skipIf(postgres.missing)('PostgreSQL through a tunnel', () => {
  sqlRows(
    SQL_ROWS.PostgreSQL,
    running(() => startPostgres(postgres.programs!)),
  );
});
