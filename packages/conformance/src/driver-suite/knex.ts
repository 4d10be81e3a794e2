/**
 * `knex`: what is in `connection` goes to the driver as it is, function and all.
 * @module
 */
import knex, { type Knex } from 'knex';
import type { ClientOptions, Row, SqlClient, SqlDriver, SqlSession } from './driver.js';
import { mysql2Config, ofMysql2 } from './mysql2.js';
import { ofPg, pgConfig } from './pg.js';

/** Over `pg`. */
export const knexPgDriver: SqlDriver = {
  name: 'knex over pg',
  ...ofPg,
  open: async (options) =>
    client({ client: 'pg', connection: pgConfig(options) as object }, options, ({ rows }) => rows),
};

/** Over `mysql2`. */
export const knexMysql2Driver: SqlDriver = {
  name: 'knex over mysql2',
  ...ofMysql2,
  open: async (options) =>
    client({ client: 'mysql2', connection: mysql2Config(options) as object }, options, ([rows]) => rows),
};

// biome-ignore lint/suspicious/noExplicitAny: each driver's own shape of a result
type RowsOf = (result: any) => Row[];

function client(config: Knex.Config, { connections }: ClientOptions, rowsOf: RowsOf): SqlClient {
  const builder = knex({ ...config, pool: { min: 0, max: connections } });
  const session = (on: Knex): SqlSession => ({ query: async (sql) => rowsOf(await on.raw(sql)) });
  return {
    ...session(builder),
    transaction: (body) => builder.transaction((inner) => body(session(inner))),
    end: () => builder.destroy(),
  };
}
