/** Drivers and mappers for MariaDB. */
import { describe } from 'vitest';
import { SQL_ROWS, sqlRows } from '../src/driver-suite/rows.js';
import { requireBuild } from '../src/processes.js';
import { findMariadb, startMariadb } from '../src/services/mariadb.js';
import { running } from '../src/services/running.js';

requireBuild();
const mariadb = findMariadb();

describe.skipIf(mariadb.missing)('MariaDB through a tunnel', () => {
  sqlRows(
    SQL_ROWS.MariaDB,
    running(() => startMariadb(mariadb.programs!)),
  );
});
