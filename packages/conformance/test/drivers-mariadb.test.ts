/** Drivers and mappers for MariaDB. */
import { describe } from 'vitest';
import { drizzleMysql2Driver } from '../src/driver-suite/drizzle.js';
import { knexMysql2Driver } from '../src/driver-suite/knex.js';
import { mariadbDriver } from '../src/driver-suite/mariadb.js';
import { mysql2Driver } from '../src/driver-suite/mysql2.js';
import { sequelizeMysql2Driver } from '../src/driver-suite/sequelize.js';
import { sqlRows } from '../src/driver-suite/sql-rows.js';
import { typeormMysql2Driver } from '../src/driver-suite/typeorm.js';
import { requireBuild } from '../src/processes.js';
import { findMariadb, startMariadb } from '../src/services/mariadb.js';
import { running } from '../src/services/running.js';

requireBuild();
const mariadb = findMariadb();
const drivers = [mysql2Driver, mariadbDriver];
const mappers = [knexMysql2Driver, sequelizeMysql2Driver, typeormMysql2Driver, drizzleMysql2Driver];

describe.skipIf(mariadb.missing)('with a server', () => {
  sqlRows(
    'MariaDB',
    [...drivers, ...mappers],
    running(() => startMariadb(mariadb.programs!)),
  );
});
