/** The application: a pool of mysql2, and one line more. */
import { connect } from '@hybridge/sender';
import mysql from 'mysql2/promise';

const pool = mysql.createPool({
  uri: process.env.DATABASE_URL,
  stream: () => connect(process.env.HYBRIDGE_CONNECTION_STRING),
});

const [rows] = await pool.query('select name, price from products order by name');
console.table(rows);

const connection = await pool.getConnection();
await connection.beginTransaction();
await connection.execute('update products set price = price * 2 where name = ?', ['lamp']);
await connection.commit();
connection.release();

const [[lamp]] = await pool.query("select price from products where name = 'lamp'");
console.log(`a lamp is ${lamp.price} now`);
await pool.end();
