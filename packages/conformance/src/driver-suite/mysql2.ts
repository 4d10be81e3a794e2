/**
 * `mysql2`: `stream` is called for each connection, in pools as well.
 * @module
 */
import mysql from 'mysql2/promise';
import {
  type ClientOptions,
  mariadb,
  type Row,
  type SqlClient,
  type SqlDriver,
  type SqlSession,
} from './driver.js';

/** The driver. */
export const mysql2Driver: SqlDriver = {
  name: 'mysql2',
  dialect: mariadb,
  nativeSocketForTls: false,
  noSuchTable: { code: 'ER_NO_SUCH_TABLE' },
  open: (options) => (options.connections > 1 ? pool(options) : client(options)),
};

async function client(options: ClientOptions): Promise<SqlClient> {
  const connection = await mysql.createConnection(config(options));
  connection.on('error', () => {}); // a connection that is cut while idle; the next query says so
  return {
    ...session(connection),
    transaction: (body) => transaction(connection, body),
    end: () => connection.end(),
  };
}

async function pool(options: ClientOptions): Promise<SqlClient> {
  const connections = mysql.createPool({ ...config(options), connectionLimit: options.connections });
  return {
    ...session(connections),
    async transaction(body) {
      const connection = await connections.getConnection();
      try {
        await transaction(connection, body);
      } finally {
        connection.release();
      }
    },
    end: () => connections.end(),
  };
}

function config({ stream, user, password, database, tls }: ClientOptions): mysql.ConnectionOptions {
  // It takes the name to verify from `host`, which it does not dial when there is a stream.
  const secure = tls === undefined ? {} : { host: tls.servername, ssl: { ca: tls.ca, verifyIdentity: true } };
  return { stream, user, password, database, ...secure };
}

function session(connection: mysql.Connection | mysql.Pool): SqlSession {
  return { query: async (sql) => (await connection.query(sql))[0] as Row[] };
}

async function transaction(
  connection: mysql.Connection,
  body: (session: SqlSession) => Promise<void>,
): Promise<void> {
  await connection.beginTransaction();
  try {
    await body(session(connection));
  } catch (error) {
    await connection.rollback();
    throw error;
  }
  await connection.commit();
}
