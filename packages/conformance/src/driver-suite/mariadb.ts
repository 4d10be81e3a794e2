/**
 * `mariadb`.
 * @module
 */
import { forMariadb } from '@hybridge/sender';
import * as driver from 'mariadb';
import { type ClientOptions, mariadb, type SqlClient, type SqlDriver, type SqlSession } from './driver.js';
import { inTransaction } from './transaction.js';

/** The driver. */
export const mariadbDriver: SqlDriver = {
  name: 'mariadb',
  dialect: mariadb,
  noSuchTable: { code: 'ER_NO_SUCH_TABLE' },
  lost: [
    { code: 'ER_SOCKET_UNEXPECTED_CLOSE' },
    { code: 'ECONNRESET' },
    { code: 'ER_CONNECTION_KILLED' },
    { code: 'ER_SERVER_SHUTDOWN' },
  ],
  open: (options) => (options.connections > 1 ? pool(options) : client(options)),
};

async function client(options: ClientOptions): Promise<SqlClient> {
  const connection = await driver.createConnection(config(options));
  connection.on('error', () => {}); // a connection that is cut while idle; the next query says so
  return {
    ...session(connection),
    transaction: (body) => inTransaction(connection, session(connection), body),
    end: () => connection.end(),
  };
}

async function pool(options: ClientOptions): Promise<SqlClient> {
  const connections = driver.createPool({
    ...config(options),
    connectionLimit: options.connections,
    acquireTimeout: options.patienceMs,
  });
  return {
    ...session(connections),
    async transaction(body) {
      const connection = await connections.getConnection();
      try {
        await inTransaction(connection, session(connection), body);
      } finally {
        await connection.release();
      }
    },
    end: () => connections.end(),
  };
}

function config({ tunnel, user, password, database, tls }: ClientOptions): driver.ConnectionConfig {
  return {
    ...{ user, password, database, bigIntAsNumber: true },
    ...forMariadb(tunnel),
    ...(tls === undefined ? {} : { host: tls.servername, ssl: tls }),
  };
}

function session(connection: driver.Connection | driver.Pool): SqlSession {
  return { query: (sql) => connection.query(sql) };
}
