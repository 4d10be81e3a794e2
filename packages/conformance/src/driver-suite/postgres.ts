/**
 * `postgres` (postgres.js): for TLS it wants the server's name said explicitly.
 * @module
 */
import { forPostgres } from '@hybridge/sender';
import postgres from 'postgres';
import { postgresql, type Row, type SqlDriver } from './driver.js';

/** The driver. */
export const postgresDriver: SqlDriver = {
  name: 'postgres',
  dialect: postgresql,
  noSuchTable: { code: '42P01' },
  lost: [{ code: 'CONNECTION_CLOSED' }, { code: 'ECONNRESET' }, { code: '57P01' }],

  async open({ tunnel, user, password, database, tls, connections }) {
    const options = {
      ...forPostgres(tunnel),
      ...{ user, password, database, max: connections, fetch_types: false },
      onnotice: () => {},
      ...(tls === undefined ? {} : { ssl: tls }),
    };
    const sql = postgres(options);
    return {
      query: async (text) => [...(await sql.unsafe<Row[]>(text))],
      async transaction(body) {
        await sql.begin((inner) => body({ query: async (text) => [...(await inner.unsafe<Row[]>(text))] }));
      },
      end: () => sql.end({ timeout: 5 }),
    };
  },
};
