/**
 * Which driver is run against which server, and how: the rows of the table in the sender's README, which a test holds to
 * these.
 * @module
 */
import type { RestartableService, Service } from '../services/service.js';
import type { ClientDriver } from './client.js';
import type { SqlDriver } from './driver.js';
import { drizzleMysql2Driver, drizzlePgDriver } from './drizzle.js';
import { ioredisDriver } from './ioredis.js';
import { kafkajsDriver } from './kafkajs.js';
import { knexMysql2Driver, knexPgDriver } from './knex.js';
import { ldaptsDriver } from './ldapts.js';
import { type LosingDriver, losingPool, losses } from './losses.js';
import { mariadbDriver } from './mariadb.js';
import { mongodbDriver } from './mongodb.js';
import { mysql2Driver } from './mysql2.js';
import { nodemailerDriver } from './nodemailer.js';
import { pgDriver } from './pg.js';
import { postgresDriver } from './postgres.js';
import { prismaDriver } from './prisma.js';
import { sequelizeMysql2Driver, sequelizePgDriver } from './sequelize.js';
import { ssh2Driver } from './ssh2.js';
import { driverSuite } from './suite.js';
import { losingTedious, mssqlDriver, tediousDriver } from './tedious.js';
import { typeormMysql2Driver, typeormPgDriver } from './typeorm.js';

/** A driver for SQL, and how it is run. */
export interface SqlRow {
  readonly driver: SqlDriver;
  readonly hasTls: boolean;
  /** How many connections its clients have; more than one is a pool. */
  readonly connections: readonly number[];
  /** Absent where losses are not run. */
  readonly losing?: LosingDriver<Service>;
}

/** By server. */
export const SQL_ROWS = {
  PostgreSQL: [
    ...[pgDriver, postgresDriver].map(driverRow),
    ...[knexPgDriver, sequelizePgDriver, typeormPgDriver, drizzlePgDriver, prismaDriver].map(mapperRow),
  ],
  PGlite: [pgDriver, postgresDriver].map((driver) => ({ driver, hasTls: false, connections: [1, 10] })),
  MariaDB: [
    ...[mysql2Driver, mariadbDriver].map(driverRow),
    ...[knexMysql2Driver, sequelizeMysql2Driver, typeormMysql2Driver, drizzleMysql2Driver].map(mapperRow),
  ],
  'a TDS server': [
    { driver: tediousDriver, hasTls: true, connections: [1], losing: losingTedious },
    { driver: mssqlDriver, hasTls: true, connections: [10] },
  ],
} satisfies Record<string, readonly SqlRow[]>;

/** By server. */
export const CLIENT_ROWS = {
  Redis: ioredisDriver,
  OpenLDAP: ldaptsDriver,
  'smtp-server': nodemailerDriver,
  OpenSSH: ssh2Driver,
  'a pretended MongoDB': mongodbDriver,
  'a pretended Kafka': kafkajsDriver,
} satisfies Record<string, Pick<ClientDriver<never>, 'name' | 'ways'>>;

/** What http-clients.test.ts runs against Node's HTTP servers, in the clear and with TLS. */
export const HTTP_ROWS: readonly string[] = ['http.Agent', 'https.Agent', 'undici'];

/** Defines the tests of a server's rows. */
export function sqlRows(
  rows: readonly SqlRow[],
  service: () => Service & Partial<Pick<RestartableService, 'restart'>>,
): void {
  for (const { driver, hasTls, connections } of rows) {
    for (const tls of hasTls ? [false, true] : [false]) driverSuite(driver, service, { tls, connections });
  }
  const losing = rows.flatMap((row) => row.losing ?? []);
  if (losing.length > 0)
    losses<Service & RestartableService>(losing, service as () => Service & RestartableService);
}

function driverRow(driver: SqlDriver): SqlRow {
  return { driver, hasTls: true, connections: [1, 10], losing: losingPool(driver) };
}

function mapperRow(driver: SqlDriver): SqlRow {
  return { driver, hasTls: false, connections: [10], losing: losingPool(driver) };
}
