/**
 * `sequelize`: `dialectOptions` are the driver's.
 * @module
 */
import { type Dialect as Name, QueryTypes, Sequelize, type Transaction } from 'sequelize';
import type { ClientOptions, Row, SqlClient, SqlDriver, SqlSession } from './driver.js';
import { mysql2Config, ofMysql2 } from './mysql2.js';
import { ofPg, pgConfig } from './pg.js';

/** Over `pg`. */
export const sequelizePgDriver: SqlDriver = {
  name: 'sequelize over pg',
  ...ofPg,
  open: async (options) => client('postgres', pgConfig(options), options),
};

/** Over `mysql2`. */
export const sequelizeMysql2Driver: SqlDriver = {
  name: 'sequelize over mysql2',
  ...ofMysql2,
  open: async (options) => client('mysql', mysql2Config(options), options),
};

function client(dialect: Name, dialectOptions: object, options: ClientOptions): SqlClient {
  const { user, password, database, connections } = options;
  const mapper = new Sequelize(database, user, password, {
    dialect,
    dialectOptions,
    logging: false,
    pool: { max: connections },
  });
  const session = (transaction?: Transaction): SqlSession => ({
    async query(sql) {
      const type = /^\s*SELECT/i.test(sql) ? QueryTypes.SELECT : QueryTypes.RAW;
      return (await mapper.query(sql, { type, transaction: transaction ?? null })) as Row[];
    },
  });
  return {
    ...session(),
    transaction: (body) => mapper.transaction((inner) => body(session(inner))),
    end: () => mapper.close(),
  };
}
