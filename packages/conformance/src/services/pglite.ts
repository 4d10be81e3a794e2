/**
 * PGlite's socket server: PostgreSQL compiled to WebAssembly, so that a bare machine has a database as well.
 *
 * It has one session for everybody, no TLS and no passwords; a query of one connection waits for the others'.
 * @module
 */
import type { Service } from './service.js';

const MAX_CONNECTIONS = 32;

/** Starts it in this process. */
export async function startPglite(): Promise<Service> {
  const { PGlite } = await import('@electric-sql/pglite');
  const { PGLiteSocketServer } = await import('@electric-sql/pglite-socket');
  const db = await PGlite.create();
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: MAX_CONNECTIONS });
  await server.start();
  const port = Number(server.getServerConn().split(':').at(-1));
  return {
    name: 'PGlite',
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: '',
    database: 'postgres',
    async stop() {
      await server.stop();
      await db.close();
    },
  };
}
