/**
 * `pg`, of which the query builders and mappers for PostgreSQL are made as well.
 * @module
 */
import { forPg } from '@hybridge/sender';
import pg from 'pg';
import { type ClientOptions, postgresql, type SqlClient, type SqlDriver, type SqlSession } from './driver.js';

/** What holds for whatever is built on it as well. */
export const ofPg = {
  dialect: postgresql,
  noSuchTable: { code: '42P01' },
  /** Cut, or told by PostgreSQL that it shuts down (manual, appendix A). */
  lost: [{ code: 'ECONNRESET' }, { code: '57P01' }, { message: 'Connection terminated unexpectedly' }],
} satisfies Partial<SqlDriver>;

/** The driver. */
export const pgDriver: SqlDriver = {
  name: 'pg',
  ...ofPg,
  open: (options) => (options.connections > 1 ? pool(options) : client(options)),
};

async function client(options: ClientOptions): Promise<SqlClient> {
  const connection = new pg.Client(pgConfig(options));
  connection.on('error', () => {}); // a connection that is cut while idle; the next query says so
  await connection.connect();
  return {
    ...session(connection),
    transaction: (body) => transaction(connection, body),
    end: () => connection.end(),
  };
}

async function pool(options: ClientOptions): Promise<SqlClient> {
  const connections = new pg.Pool({ ...pgConfig(options), max: options.connections });
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

/** What a client or pool is told. */
export function pgConfig({ tunnel, user, password, database, tls }: ClientOptions): pg.ClientConfig {
  return {
    ...forPg(tunnel),
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
