/**
 * The private database: PostgreSQL (PGlite, a WebAssembly build, so that nothing has to be installed) on a port of
 * this machine that only the manager is told about. In the story it is db.corp.example, in another network.
 */
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const db = await PGlite.create();
await db.exec(`
  create table staff (id int primary key, name text, city text, salary numeric(8, 2));
  insert into staff values
    (1, 'Ada',   'London',  5200.00),
    (2, 'Grace', 'New York', 6100.00),
    (3, 'Edsger', 'Nuenen', 4800.00);
  create table ledger as
    select n as id, md5(n::text) as reference, md5((n * 7)::text) || md5((n * 11)::text) as note
    from generate_series(1, 20000) n;
`);
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 20 });
await server.start();
process.send({ address: server.getServerConn() });

// The demo is gone, whatever happened to it: so is the database.
process.once('disconnect', () => process.exit());
