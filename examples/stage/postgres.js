/** A real PostgreSQL (PGlite, in WebAssembly) on a free port of this machine: nothing has to be installed. */
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

/** @param sql - run before anybody connects */
export async function postgres(sql = '') {
  const db = await PGlite.create();
  await db.exec(sql);
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 20 });
  await server.start();
  const stop = async () => {
    await server.stop();
    await db.close();
  };
  return { address: server.getServerConn(), stop };
}
