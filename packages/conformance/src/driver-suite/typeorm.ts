/**
 * `typeorm`: `extra` is the driver's.
 * @module
 */
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { mariadb, postgresql, type SqlClient, type SqlDriver } from './driver.js';
import { MYSQL2_LOST, mysql2Config } from './mysql2.js';
import { PG_LOST, pgConfig } from './pg.js';

/** Over `pg`. */
export const typeormPgDriver: SqlDriver = {
  name: 'typeorm over pg',
  dialect: postgresql,
  noSuchTable: { code: '42P01' },
  lost: PG_LOST,
  open: (options) => client({ type: 'postgres', extra: { ...pgConfig(options), max: options.connections } }),
};

/** Over `mysql2`. */
export const typeormMysql2Driver: SqlDriver = {
  name: 'typeorm over mysql2',
  dialect: mariadb,
  noSuchTable: { code: 'ER_NO_SUCH_TABLE' },
  lost: MYSQL2_LOST,
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
