/** Drivers and mappers for MariaDB. */
import { describe } from 'vitest';
import { drizzleMysql2Driver } from '../src/driver-suite/drizzle.js';
import { knexMysql2Driver } from '../src/driver-suite/knex.js';
import { losingPool, losses } from '../src/driver-suite/losses.js';
import { mariadbDriver } from '../src/driver-suite/mariadb.js';
import { mysql2Driver } from '../src/driver-suite/mysql2.js';
import { sequelizeMysql2Driver } from '../src/driver-suite/sequelize.js';
import { driverSuite } from '../src/driver-suite/suite.js';
import { typeormMysql2Driver } from '../src/driver-suite/typeorm.js';
import { requireBuild } from '../src/processes.js';
import { findMariadb, startMariadb } from '../src/services/mariadb.js';
import { running } from '../src/services/running.js';

requireBuild();
const mariadb = findMariadb();
const mappers = [knexMysql2Driver, sequelizeMysql2Driver, typeormMysql2Driver, drizzleMysql2Driver];

describe.skipIf(mariadb.missing)('MariaDB through a tunnel', () => {
  const service = running(() => startMariadb(mariadb.programs!));
  for (const tls of [false, true]) {
    driverSuite(mysql2Driver, service, { tls });
    driverSuite(mariadbDriver, service, { tls });
  }
  for (const mapper of mappers) driverSuite(mapper, service, { tls: false, connections: [10] });
  losses([mysql2Driver, mariadbDriver, ...mappers].map(losingPool), service);
});
