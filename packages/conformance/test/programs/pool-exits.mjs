/**
 * Uses a pool, ends it, and has nothing more to do: the process must exit by itself.
 *
 * One argument, JSON: driver, connectionString, user, password, database.
 */
import { connect } from '@hybridge/sender';

const { driver, connectionString, user, password, database } = JSON.parse(process.argv[2]);
const account = { user, password, database };
const stream = () => connect({ connectionString });

const drivers = {
  async pg() {
    const { default: pg } = await import('pg');
    const pool = new pg.Pool({ ...account, stream, max: 3 });
    await Promise.all([1, 2, 3].map(() => pool.query('SELECT 1')));
    await pool.end();
  },
  async postgres() {
    const { default: postgres } = await import('postgres');
    const sql = postgres({ ...account, socket: stream, max: 3 });
    await Promise.all([1, 2, 3].map(() => sql.unsafe('SELECT 1')));
    await sql.end();
  },
  async mysql2() {
    const { default: mysql } = await import('mysql2/promise');
    const pool = mysql.createPool({ ...account, stream, connectionLimit: 3 });
    await Promise.all([1, 2, 3].map(() => pool.query('SELECT 1')));
    await pool.end();
  },
  async mariadb() {
    const mariadb = await import('mariadb');
    const pool = mariadb.createPool({
      ...account,
      stream: (given) => given(null, stream()),
      connectionLimit: 3,
    });
    await Promise.all([1, 2, 3].map(() => pool.query('SELECT 1')));
    await pool.end();
  },
};

await drivers[driver]();
console.log('pool ended');
