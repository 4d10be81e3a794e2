/**
 * `mysql2`, of which the query builders and mappers for MariaDB are made as well.
 * @module
 */
import { forMysql2 } from '@hybridge/sender';
import mysql from 'mysql2/promise';
import {
  type ClientOptions,
  mariadb,
  type Row,
  type SqlClient,
  type SqlDriver,
  type SqlSession,
} from './driver.js';
import { inTransaction } from './transaction.js';

/** What holds for whatever is built on it as well. */
export const ofMysql2 = {
  dialect: mariadb,
  noSuchTable: { code: 'ER_NO_SUCH_TABLE' },
  /** Cut, or told by MariaDB that it shuts down. */
  lost: [
    { code: 'PROTOCOL_CONNECTION_LOST' },
    { code: 'ECONNRESET' },
    { code: 'ER_CONNECTION_KILLED' },
    { code: 'ER_SERVER_SHUTDOWN' },
  ],
} satisfies Partial<SqlDriver>;

/** The driver. */
export const mysql2Driver: SqlDriver = {
  name: 'mysql2',
  ...ofMysql2,
  open: (options) => (options.connections > 1 ? pool(options) : client(options)),
};

async function client(options: ClientOptions): Promise<SqlClient> {
  const connection = await mysql.createConnection(mysql2Config(options));
  connection.on('error', () => {}); // a connection that is cut while idle; the next query says so
  return {
    ...session(connection),
    transaction: (body) => inTransaction(connection, session(connection), body),
    end: () => connection.end(),
  };
}

async function pool(options: ClientOptions): Promise<SqlClient> {
  const connections = mysql.createPool({ ...mysql2Config(options), connectionLimit: options.connections });
  return {
    ...session(connections),
    async transaction(body) {
      const connection = await connections.getConnection();
      try {
        await inTransaction(connection, session(connection), body);
      } finally {
        connection.release();
      }
    },
    end: () => connections.end(),
  };
}

/** What a connection or pool is told. */
export function mysql2Config({
  tunnel,
  user,
  password,
  database,
  tls,
}: ClientOptions): mysql.ConnectionOptions {
  // It takes the name to verify from `host`, which it does not dial when there is a stream.
  const secure = tls === undefined ? {} : { host: tls.servername, ssl: { ca: tls.ca, verifyIdentity: true } };
  return { ...forMysql2(tunnel), user, password, database, ...secure };
}

function session(connection: mysql.Connection | mysql.Pool): SqlSession {
  return { query: async (sql) => (await connection.query(sql))[0] as Row[] };
}
