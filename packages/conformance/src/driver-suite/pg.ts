/**
 * `pg`: `stream` is called for each connection, and `connect()` is called on what it returns.
 * @module
 */
import pg from 'pg';
import { type ClientOptions, postgresql, type SqlClient, type SqlDriver, type SqlSession } from './driver.js';

/** The driver. */
export const pgDriver: SqlDriver = {
  name: 'pg',
  dialect: postgresql,
  nativeSocketForTls: false,
  noSuchTable: { code: '42P01' },
  open: (options) => (options.connections > 1 ? pool(options) : client(options)),
};

async function client(options: ClientOptions): Promise<SqlClient> {
  const connection = new pg.Client(config(options));
  connection.on('error', () => {}); // a connection that is cut while idle; the next query says so
  await connection.connect();
  return {
    ...session(connection),
    transaction: (body) => transaction(connection, body),
    end: () => connection.end(),
  };
}

async function pool(options: ClientOptions): Promise<SqlClient> {
  const connections = new pg.Pool({ ...config(options), max: options.connections });
  connections.on('error', () => {});
  return {
    ...session(connections),
    async transaction(body) {
      const connection = await connections.connect();
      try {
        await transaction(connection, body);
      } finally {
        connection.release();
      }
    },
    end: () => connections.end(),
  };
}

function config({ stream, user, password, database, tls }: ClientOptions): pg.ClientConfig {
  return {
    stream,
    user,
    password,
    database,
    ...(tls === undefined ? {} : { host: tls.servername, ssl: tls }),
  };
}

function session(connection: Pick<pg.ClientBase, 'query'> | pg.Pool): SqlSession {
  return { query: async (sql) => (await connection.query(sql)).rows };
}

async function transaction(connection: pg.ClientBase, body: (s: SqlSession) => Promise<void>): Promise<void> {
  await connection.query('BEGIN');
  try {
    await body(session(connection));
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
  await connection.query('COMMIT');
}
