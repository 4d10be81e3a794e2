/** The application: a pool with its usual connection string, and one line more. */
import { connect } from '@hybridge/sender';
import pg from 'pg';

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  stream: () => connect(process.env.HYBRIDGE_CONNECTION_STRING),
});

const { rows } = await pool.query('select name, city from staff order by name');
console.table(rows);

const client = await pool.connect();
try {
  await client.query('begin');
  await client.query("update staff set city = 'Paris' where name = $1", ['Ada']);
  await client.query('commit');
} finally {
  client.release();
}
const moved = await pool.query('select city from staff where name = $1', ['Ada']);
console.log(`Ada is in ${moved.rows[0].city}`);
await pool.end();
