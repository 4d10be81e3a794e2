/**
 * `drizzle-orm`: it is given the driver's pool.
 * @module
 */
import { sql as statement } from 'drizzle-orm';
import { drizzle as drizzleMysql2 } from 'drizzle-orm/mysql2';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import mysql from 'mysql2';
import pg from 'pg';
import type { Row, SqlDriver } from './driver.js';
import { mysql2Config, ofMysql2 } from './mysql2.js';
import { ofPg, pgConfig } from './pg.js';

/** Over `pg`. */
export const drizzlePgDriver: SqlDriver = {
  name: 'drizzle-orm over pg',
  ...ofPg,
  async open(options) {
    const pool = new pg.Pool({ ...pgConfig(options), max: options.connections });
    pool.on('error', () => {});
    const db = drizzlePg(pool);
    return {
      query: async (sql) => (await db.execute(statement.raw(sql))).rows,
      transaction: (body) =>
        db.transaction((inner) =>
          body({ query: async (sql) => (await inner.execute(statement.raw(sql))).rows }),
        ),
      end: () => pool.end(),
    };
  },
};

/** Over `mysql2`. */
export const drizzleMysql2Driver: SqlDriver = {
  name: 'drizzle-orm over mysql2',
  ...ofMysql2,
  async open(options) {
    const pool = mysql.createPool({ ...mysql2Config(options), connectionLimit: options.connections });
    const db = drizzleMysql2(pool);
    const rows = (result: unknown) => (result as [Row[]])[0];
    return {
      query: async (sql) => rows(await db.execute(statement.raw(sql))),
      transaction: (body) =>
        db.transaction((inner) =>
          body({ query: async (sql) => rows(await inner.execute(statement.raw(sql))) }),
        ),
      end: () => pool.promise().end(),
    };
  },
};
