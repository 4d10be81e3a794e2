/** The application: one pool for each network, each through a relay of its own. */
import { connect } from '@hybridge/sender';
import pg from 'pg';

const poolOf = (url, connectionString) =>
  new pg.Pool({ connectionString: url, stream: () => connect(connectionString) });

const { NORTH, SOUTH } = process.env;
// Both networks call their database db.corp.example: what decides is the hybrid connection.
const north = poolOf('postgres://app@db.corp.example:5432/postgres', NORTH);
const south = poolOf('postgres://app@db.corp.example:5432/postgres', SOUTH);

const totals = await Promise.all(
  [north, south].map(async (pool) => {
    const { rows } = await pool.query('select city, sum(amount)::int as total from sales group by city');
    return rows[0];
  }),
);
console.table(totals);
console.log(`together: ${totals.reduce((sum, { total }) => sum + total, 0)}`);
await Promise.all([north.end(), south.end()]);
