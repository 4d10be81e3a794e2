/**
 * Which driver is run against which server, and how: the rows of the table in the sender's README, which a test holds to
 * these. The suites run what is here and nothing else.
 *
 * It imports no driver, since some of them take seconds to load.
 * @module
 */
import type { Way } from './client.js';

/** A driver at a server. */
export interface Row {
  readonly server: string;
  /** As it is installed; what is built on another names that one, too. */
  readonly driver: string;
  readonly ways: readonly Way[];
  /** How many connections its clients have, more than one being a pool; where the suite chooses. */
  readonly connections: readonly number[];
  /** Whether it is run through the loss of its connections. */
  readonly losses: boolean;
}

const CLEAR: readonly Way[] = ['plain'];
const BOTH: readonly Way[] = ['plain', 'tls'];

/** All rows. */
export const ROWS: readonly Row[] = [
  ...['pg', 'postgres'].flatMap((driver) => [
    row('PostgreSQL', driver, BOTH),
    { ...row('PGlite', driver, CLEAR), losses: false },
  ]),
  ...['mysql2', 'mariadb'].map((driver) => row('MariaDB', driver, BOTH)),
  ...['knex', 'sequelize', 'typeorm', 'drizzle-orm'].flatMap((mapper) => [
    row('PostgreSQL', `${mapper} over pg`, CLEAR, [10]),
    row('MariaDB', `${mapper} over mysql2`, CLEAR, [10]),
  ]),
  row('PostgreSQL', '@prisma/client over pg', CLEAR, [10]),
  row('a TDS server', 'tedious', BOTH, [1]),
  row('a TDS server', 'mssql over tedious', BOTH, [10]),
  row('Redis', 'ioredis', BOTH),
  row('OpenLDAP', 'ldapts', ['plain', 'tls', 'starttls']),
  row('smtp-server', 'nodemailer', ['plain', 'starttls']),
  row('OpenSSH', 'ssh2', CLEAR),
  row('a pretended MongoDB', 'mongodb', CLEAR),
  row('a pretended Kafka', 'kafkajs', BOTH),
  // By http-clients.test.ts.
  row("Node's HTTP servers", 'http.Agent', CLEAR),
  row("Node's HTTP servers", 'https.Agent', ['tls']),
  row("Node's HTTP servers", 'undici', BOTH),
];

/** @throws Error when there is no such row. */
export function rowOf(server: string, driver: string): Row {
  const found = ROWS.find((each) => each.server === server && each.driver === driver);
  if (found === undefined) throw new Error(`There is no row for ${driver} at ${server}`);
  return found;
}

function row(
  server: string,
  driver: string,
  ways: readonly Way[],
  connections: readonly number[] = [1, 10],
): Row {
  return { server, driver, ways, connections, losses: true };
}
