/**
 * What the driver suite asks of a database driver: the least that every application uses.
 * @module
 */
import type { TunnelSource } from '@hybridge/sender';

/** A row, by column. */
export type Row = Record<string, unknown>;

/** Something that answers SQL. */
export interface SqlSession {
  query(sql: string): Promise<Row[]>;
}

/** A driver's connection or pool. */
export interface SqlClient extends SqlSession {
  /** Begins, and commits; rolls back when the body throws. */
  transaction(body: (session: SqlSession) => Promise<void>): Promise<void>;
  end(): Promise<void>;
}

/** How a client is made. */
export interface ClientOptions {
  /** For the driver's adapter. */
  readonly tunnel: TunnelSource;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Absent: no TLS inside the tunnel. */
  readonly tls?: { readonly ca: string; readonly servername: string };
  /** More than one makes a pool. */
  readonly connections: number;
  /** How long a pool that tries again by itself may do so, in milliseconds. */
  readonly patienceMs: number;
}

/** A database driver. */
export interface SqlDriver {
  /** As it is installed; what is built on another names that one, too. */
  readonly name: string;
  readonly dialect: Dialect;
  /** What its error for a table that does not exist carries, it or one of its causes. */
  readonly noSuchTable: object;
  /** What its error carries for a query during which the connection is lost: by a cut, or after the server's last word. */
  readonly lost: readonly object[];
  /** @throws the driver's own error when the connection fails. */
  open(options: ClientOptions): Promise<SqlClient>;
}

/** Where the SQL of databases differs. */
export interface Dialect {
  /** One row, `cipher`: not empty when the session is encrypted. Absent where the server cannot be asked. */
  readonly cipher?: string;
  /** Takes half a minute. */
  readonly slow: string;
}

/** PostgreSQL's way. */
export const postgresql: Dialect = {
  cipher: 'SELECT cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
  slow: 'SELECT pg_sleep(30)',
};

/** MariaDB's way. */
export const mariadb: Dialect = {
  cipher: `SELECT variable_value AS cipher FROM information_schema.session_status
    WHERE variable_name = 'Ssl_cipher'`,
  slow: 'SELECT SLEEP(30)',
};
