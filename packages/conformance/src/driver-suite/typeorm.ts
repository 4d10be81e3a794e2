/**
 * `typeorm`: `extra` is the driver's.
 * @module
 */
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import type { SqlClient, SqlDriver } from './driver.js';
import { mysql2Config, ofMysql2 } from './mysql2.js';
import { ofPg, pgConfig } from './pg.js';

/** Over `pg`. */
export const typeormPgDriver: SqlDriver = {
  name: 'typeorm over pg',
  ...ofPg,
  open: (options) => client({ type: 'postgres', extra: { ...pgConfig(options), max: options.connections } }),
};

/** Over `mysql2`. */
export const typeormMysql2Driver: SqlDriver = {
  name: 'typeorm over mysql2',
  ...ofMysql2,
  open: (options) =>
    client({
      ...{ type: 'mariadb', connectorPackage: 'mysql2' },
      extra: { ...mysql2Config(options), connectionLimit: options.connections },
    } as DataSourceOptions),
};

async function client(options: DataSourceOptions): Promise<SqlClient> {
  const source = await new DataSource({ ...options, logging: false }).initialize();
  return {
    query: (sql) => source.query(sql),
    transaction: (body) =>
      source.transaction(({ queryRunner }) =>
        body({ query: (sql) => (queryRunner as QueryRunner).query(sql) }),
      ),
    end: () => source.destroy(),
  };
}
