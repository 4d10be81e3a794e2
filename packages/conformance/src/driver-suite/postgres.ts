/**
 * `postgres` (postgres.js): `socket` gives the connection; for TLS it wants the server's name said explicitly.
 * @module
 */
import postgres from 'postgres';
import { postgresql, type Row, type SqlDriver } from './driver.js';

/** `socket` is documented in its README and missing from its types. */
type Options = postgres.Options<Record<string, never>> & { socket: () => unknown };

/** The driver. */
export const postgresDriver: SqlDriver = {
  name: 'postgres',
  dialect: postgresql,
  nativeSocketForTls: false,
  noSuchTable: { code: '42P01' },

  async open({ stream, user, password, database, tls, connections }) {
    const options: Options = {
      ...{ socket: stream, user, password, database, max: connections, fetch_types: false },
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
