/**
 * The application: a PostgreSQL driver with its usual connection string, and one line more.
 *
 * It runs in a process of its own and does, step by step, what the demo asks it for.
 */
import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { connect } from '@hybridge/sender';
import pg from 'pg';

const pool = new pg.Pool({
  // The name of the database in its own network. It need not resolve here.
  connectionString: process.env.DATABASE_URL,
  // The one line more: the connection comes out of the tunnel.
  stream: () => connect(process.env.HYBRIDGE_CONNECTION_STRING),
  max: 1,
});

// A pool tells about idle connections that have ended.
const ended = new Promise((resolve) => {
  pool.once('error', (error) => resolve({ because: error.code ?? error.message }));
});
pool.on('error', () => {});

const steps = {
  /** Can this machine resolve the database's name? Some name servers take their time to say no. */
  async resolve() {
    const giveUp = new Promise((_, reject) => {
      setTimeout(() => reject(Object.assign(new Error('no answer'), { code: 'no answer' })), 2_000).unref();
    });
    const { address } = await Promise.race([lookup(new URL(process.env.DATABASE_URL).hostname), giveUp]);
    return { address };
  },

  /** A connection is opened and asked for a few rows. */
  async staff() {
    const { rows } = await pool.query('select id, name, city, salary from staff order by id');
    return { rows };
  },

  /** Many small round trips on the connection that is there. */
  async roundTrips(count) {
    const times = [];
    for (let i = 0; i < count; i += 1) {
      const start = performance.now();
      await pool.query('select $1::int as n', [i]);
      times.push(performance.now() - start);
    }
    return { medianMs: times.sort((a, b) => a - b)[count >> 1] };
  },

  /** A large result, with a checksum made on both sides. */
  async ledger() {
    const { rows } = await pool.query('select id, reference, note from ledger order by id');
    const text = rows.map(({ id, reference, note }) => `${id}${reference}${note}`).join('');
    const here = createHash('md5').update(text).digest('hex');
    const there = await pool.query(
      "select md5(string_agg(id::text || reference || note, '' order by id)) as sum from ledger",
    );
    return { count: rows.length, bytes: text.length, equal: here === there.rows[0].sum };
  },

  /** The pool's idle connection is over. */
  async idle() {
    return ended;
  },

  async end() {
    await pool.end();
    process.disconnect();
  },
};

process.on('message', async ({ step, argument }) => {
  const start = performance.now();
  try {
    const result = await steps[step](argument);
    if (process.connected) process.send({ result, ms: performance.now() - start });
  } catch (error) {
    const { code, message, cause } = error;
    process.send({ failure: { code, message, cause: cause?.message }, ms: performance.now() - start });
  }
});

process.once('disconnect', () => process.exit());
process.send({ ready: true });
