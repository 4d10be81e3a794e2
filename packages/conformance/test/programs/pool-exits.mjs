/**
 * Uses a pool, ends it, and has nothing more to do: the process must exit by itself.
 *
 * One argument, JSON: driver, connectionString, user, password, database.
 */
import { once } from 'node:events';
import { forMariadb, forMysql2, forPg, forPostgres, forTedious } from '@hybridge/sender';

const { driver, connectionString, user, password, database } = JSON.parse(process.argv[2]);
const account = { user, password, database };
const viaPg = { ...forPg(connectionString), ...account };
const viaMysql2 = { ...forMysql2(connectionString), ...account };
const three = (ask) => Promise.all([1, 2, 3].map(ask));

const drivers = {
  async pg() {
    const { default: pg } = await import('pg');
    const pool = new pg.Pool({ ...viaPg, max: 3 });
    await three(() => pool.query('SELECT 1'));
    await pool.end();
  },
  async postgres() {
    const { default: postgres } = await import('postgres');
    const sql = postgres({ ...forPostgres(connectionString), ...account, max: 3 });
    await three(() => sql.unsafe('SELECT 1'));
    await sql.end();
  },
  async mysql2() {
    const { default: mysql } = await import('mysql2/promise');
    const pool = mysql.createPool({ ...viaMysql2, connectionLimit: 3 });
    await three(() => pool.query('SELECT 1'));
    await pool.end();
  },
  async mariadb() {
    const mariadb = await import('mariadb');
    const pool = mariadb.createPool({ ...forMariadb(connectionString), ...account, connectionLimit: 3 });
    await three(() => pool.query('SELECT 1'));
    await pool.end();
  },
  'knex over pg': () => knex('pg', viaPg),
  'knex over mysql2': () => knex('mysql2', viaMysql2),
  'sequelize over pg': () => sequelize('postgres', viaPg),
  'sequelize over mysql2': () => sequelize('mysql', viaMysql2),
  'typeorm over pg': () => typeorm({ type: 'postgres', extra: viaPg }),
  'typeorm over mysql2': () => typeorm({ type: 'mariadb', connectorPackage: 'mysql2', extra: viaMysql2 }),
  tedious,
  'mssql over tedious': mssql,
  async 'drizzle-orm over pg'() {
    const { default: pg } = await import('pg');
    const { drizzle } = await import('drizzle-orm/node-postgres');
    const pool = new pg.Pool(viaPg);
    const db = drizzle(pool);
    await three(() => db.execute('SELECT 1'));
    await pool.end();
  },
  async 'drizzle-orm over mysql2'() {
    const { default: mysql } = await import('mysql2');
    const { drizzle } = await import('drizzle-orm/mysql2');
    const pool = mysql.createPool(viaMysql2);
    const db = drizzle(pool);
    await three(() => db.execute('SELECT 1'));
    await pool.promise().end();
  },
  async '@prisma/client over pg'() {
    const { PrismaPg } = await import('@prisma/adapter-pg');
    const adapter = await new PrismaPg(viaPg).connect();
    await three(() => adapter.queryRaw({ sql: 'SELECT 1', args: [], argTypes: [] }));
    await adapter.dispose();
  },
};

async function tedious() {
  const { Connection } = await import('tedious');
  const connection = new Connection({
    server: 'sql.test',
    authentication: { type: 'default', options: { userName: user, password } },
    options: { ...forTedious(connectionString), encrypt: false },
  });
  connection.connect();
  const [error] = await once(connection, 'connect');
  if (error) throw error;
  connection.close();
}

async function mssql() {
  const { default: sql } = await import('mssql');
  const options = { ...forTedious(connectionString), encrypt: false };
  const pool = await sql.connect({ server: 'sql.test', ...account, options });
  await three(() => pool.query('SELECT 1 AS one'));
  await pool.close();
}

async function knex(client, connection) {
  const { default: make } = await import('knex');
  const builder = make({ client, connection });
  await three(() => builder.raw('SELECT 1'));
  await builder.destroy();
}

async function sequelize(dialect, dialectOptions) {
  const { Sequelize } = await import('sequelize');
  const mapper = new Sequelize(database, user, password, { dialect, dialectOptions, logging: false });
  await three(() => mapper.query('SELECT 1'));
  await mapper.close();
}

async function typeorm(options) {
  const { DataSource } = await import('typeorm');
  const source = await new DataSource(options).initialize();
  await three(() => source.query('SELECT 1'));
  await source.destroy();
}

await drivers[driver]();
console.log('ended');
