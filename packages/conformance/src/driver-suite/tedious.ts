/**
 * `tedious`, which does one thing at a time on one connection, and `mssql`, which has pools of it.
 * @module
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { forTedious } from '@hybridge/sender';
import { Connection, Request } from 'tedious';
import type { ClientOptions, Row, SqlClient, SqlDriver, SqlSession } from './driver.js';
import type { LosingDriver } from './losses.js';

const DIALECT = { slow: "WAITFOR DELAY '00:00:30'" };
const LOST: readonly object[] = [{ code: 'ESOCKET' }, { code: 'ECONNRESET' }, { code: 'ECONNCLOSED' }];

/** One connection. */
export const tediousDriver: SqlDriver = {
  name: 'tedious',
  dialect: DIALECT,
  noSuchTable: { code: 'EREQUEST' },
  lost: LOST,
  async open(options) {
    const connection = new Connection({
      server: serverOf(options),
      authentication: {
        type: 'default',
        options: { userName: options.user, password: options.password },
      },
      options: { database: options.database, ...secured(options) },
    });
    connection.on('error', () => {}); // a connection that is cut while idle; the next query says so
    const ended = once(connection, 'end');
    connection.connect();
    const [error] = await once(connection, 'connect');
    if (error) throw error;
    let last: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(body: () => Promise<T>): Promise<T> => {
      const done = last.then(body, body);
      last = done;
      return done;
    };
    const session = { query: (sql: string) => batch(connection, sql) };
    return {
      query: (sql) => inTurn(() => session.query(sql)),
      transaction: (body) =>
        inTurn(async () => {
          await told((done) => connection.beginTransaction(done));
          try {
            await body(session);
          } catch (failure) {
            await told((done) => connection.rollbackTransaction(done));
            throw failure;
          }
          await told((done) => connection.commitTransaction(done));
        }),
      async end() {
        connection.close();
        await ended;
      },
    };
  },
};

/** What is used of it; it brings no types. */
interface Mssql {
  readonly ConnectionPool: new (config: object) => Pool;
  readonly Transaction: new (pool: Pool) => Begun;
  readonly Request: new (on: Pool | Begun) => { batch(sql: string): Promise<{ recordset?: Row[] }> };
}
interface Pool {
  connect(): Promise<Pool>;
  close(): Promise<void>;
  on(event: 'error', listener: () => void): void;
}
interface Begun {
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

const mssql: Mssql = createRequire(import.meta.url)('mssql');

/** A pool. */
export const mssqlDriver: SqlDriver = {
  name: 'mssql over tedious',
  dialect: DIALECT,
  noSuchTable: { code: 'EREQUEST' },
  lost: LOST,
  async open(options) {
    const { user, password, database, connections } = options;
    const pool = new mssql.ConnectionPool({
      ...{ server: serverOf(options), user, password, database },
      options: secured(options),
      pool: { max: connections },
    });
    pool.on('error', () => {});
    await pool.connect();
    const session = (on: Pool | Begun): SqlSession => ({
      query: async (sql) => (await new mssql.Request(on).batch(sql)).recordset ?? [],
    });
    return {
      ...session(pool),
      async transaction(body) {
        const begun = new mssql.Transaction(pool);
        await begun.begin();
        try {
          await body(session(begun));
        } catch (error) {
          await begun.rollback();
          throw error;
        }
        await begun.commit();
      },
      end: () => pool.close(),
    };
  },
};

type Account = Pick<ClientOptions, 'user' | 'password' | 'database'>;

/** Not a pool: whoever asks after a loss connects again. */
export const losingTedious: LosingDriver<Account> = {
  name: tediousDriver.name,
  lost: tediousDriver.lost,
  async open(tunnel, { user, password, database }) {
    const connect = () =>
      tediousDriver.open({ ...{ tunnel, user, password, database, connections: 1, patienceMs: 10_000 } });
    const clients: SqlClient[] = [await connect()];
    const latest = () => clients.at(-1)!;
    let isLost = false;
    return {
      async ask() {
        if (isLost) clients.push(await connect());
        isLost = false;
        return latest().query('SELECT 1 AS one');
      },
      wait: () =>
        latest()
          .query(DIALECT.slow)
          .finally(() => {
            isLost = true;
          }),
      end: () => Promise.all(clients.map((client) => client.end())),
    };
  },
};

function serverOf({ tls }: ClientOptions): string {
  return tls?.servername ?? 'sql.test';
}

function secured({ tunnel, tls }: ClientOptions) {
  return {
    ...forTedious(tunnel),
    ...(tls === undefined ? { encrypt: false } : { encrypt: true, cryptoCredentialsDetails: { ca: tls.ca } }),
  };
}

function batch(connection: Connection, sql: string): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const rows: Row[] = [];
    const request = new Request(sql, (error) => (error ? reject(error) : resolve(rows)));
    request.on('row', (columns) => {
      const cells = columns as { metadata: { colName: string }; value: unknown }[];
      rows.push(Object.fromEntries(cells.map(({ metadata, value }) => [metadata.colName, value])));
    });
    connection.execSqlBatch(request);
  });
}

function told(act: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
}
