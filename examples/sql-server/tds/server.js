/**
 * A server that speaks TDS 7.4, as SQL Server does, in front of PostgreSQL (PGlite): no SQL Server can be had everywhere.
 *
 * The wire is SQL Server's: logins, TLS inside TDS, batches, parameters, transactions, long texts. The SQL is PostgreSQL's,
 * but for `WAITFOR DELAY`.
 */
import { once } from 'node:events';
import net from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { Session } from './session.js';

/**
 * @param options - `password` of every login; `tls` (`key`, `cert`) for clients that want it; `port`, a free one unless given
 * @param sql - run before anybody connects
 */
export async function sqlServer({ password, tls, port = 0 }, sql = '') {
  const db = await PGlite.create();
  await db.exec(sql);
  const turns = new Turns(db);
  const sockets = new Set();
  const server = net.createServer((socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new Session(socket, { password, tls, turns });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await db.close();
  };
  return { address: `127.0.0.1:${server.address().port}`, stop };
}

/** PGlite is one connection, which clients use one after another. */
class Turns {
  #db;
  #last = Promise.resolve();

  constructor(db) {
    this.#db = db;
  }

  /** Waits for the database. @returns it, and how to give it back */
  async take() {
    const before = this.#last;
    let release;
    this.#last = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return { db: this.#db, release };
  }
}
