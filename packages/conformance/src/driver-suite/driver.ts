/**
 * What the driver suite asks of a database driver: the least that every application uses.
 * @module
 */
import type { Duplex } from 'node:stream';

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
  /** Gives the driver its connection, synchronously, as often as it asks. */
  readonly stream: () => Duplex;
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
  readonly name: string;
  readonly dialect: Dialect;
  /** It works below the stream when it starts TLS, and so needs a real `net.Socket` for that. */
  readonly nativeSocketForTls: boolean;
  /** What its error for a table that does not exist carries. */
  readonly noSuchTable: object;
  /** @throws the driver's own error when the connection fails. */
  open(options: ClientOptions): Promise<SqlClient>;
}

/** Where the SQL of databases differs. */
export interface Dialect {
  /** One row, `cipher`: not empty when the session is encrypted. */
  readonly cipher: string;
}

/** PostgreSQL's way. */
export const postgresql: Dialect = {
  cipher: 'SELECT cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
};

/** MariaDB's way. */
export const mariadb: Dialect = {
  cipher: `SELECT variable_value AS cipher FROM information_schema.session_status
    WHERE variable_name = 'Ssl_cipher'`,
};
