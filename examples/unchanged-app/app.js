/** The application, as it runs in the network where the database is: it knows nothing of tunnels. */
import { lookup } from 'node:dns/promises';
import pg from 'pg';

const { address } = await lookup('db.corp.example');
console.log(`db.corp.example is ${address}`);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const { rows } = await pool.query('select name, city from staff order by name');
console.table(rows);
await pool.end();
