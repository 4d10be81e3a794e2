/**
 * An application with a database, as it would be without hybrid connections: it asks, ends its pool, and has nothing more to
 * do.
 *
 * One argument, JSON: driver, host, port, user, password, database, ca.
 */
const { driver, ca, ...account } = JSON.parse(process.argv[2]);
const ssl = ca === undefined ? undefined : { ca };
const three = (ask) => Promise.all([1, 2, 3].map(ask));

const drivers = {
  async pg() {
    const { default: pg } = await import('pg');
    const pool = new pg.Pool({ ...account, ssl, max: 3 });
    const results = await three((number) => pool.query('SELECT $1::int AS number', [number]));
    await pool.end();
    return results.map(({ rows }) => rows[0].number);
  },
  async postgres() {
    const { default: postgres } = await import('postgres');
    const sql = postgres({ ...account, ssl, max: 3 });
    const results = await three((number) => sql`SELECT ${number}::int AS number`);
    await sql.end();
    return results.map(([row]) => row.number);
  },
  async mysql2() {
    const { default: mysql } = await import('mysql2/promise');
    const pool = mysql.createPool({ ...account, ssl, connectionLimit: 3 });
    const results = await three((number) => pool.query('SELECT ? AS number', [number]));
    await pool.end();
    return results.map(([rows]) => rows[0].number);
  },
  async ioredis() {
    const { Redis } = await import('ioredis');
    const redis = new Redis({ host: account.host, port: account.port, password: account.password, tls: ssl });
    const results = await three((number) => redis.echo(String(number)));
    await redis.quit();
    return results.map(Number);
  },
  async mariadb() {
    const mariadb = await import('mariadb');
    const pool = mariadb.createPool({ ...account, ssl, connectionLimit: 3 });
    const results = await three((number) => pool.query('SELECT CAST(? AS INT) AS number', [number]));
    await pool.end();
    return results.map(([row]) => Number(row.number));
  },
};

console.log(JSON.stringify(await drivers[driver]()));
