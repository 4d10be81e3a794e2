/** The application: a connection of tedious, and one line more. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { forTedious } from '@hybridge/sender';
import { Connection, Request, TYPES } from 'tedious';

const connection = new Connection({
  server: 'sql01.corp.example',
  authentication: {
    type: 'default',
    options: { userName: 'payroll_app', password: process.env.DATABASE_PASSWORD },
  },
  options: {
    database: 'payroll',
    encrypt: true,
    // The certificate is checked, end to end, against the private name.
    cryptoCredentialsDetails: { ca: process.env.DATABASE_CA },
    ...forTedious(process.env.HYBRIDGE_CONNECTION_STRING),
  },
});

await new Promise((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));

console.table(
  await run('select name, city, salary from staff where salary > @least order by name', { least: 4_500 }),
);

await new Promise((resolve, reject) =>
  connection.beginTransaction((error) => (error ? reject(error) : resolve())),
);
await run('update staff set salary = salary + @more', { more: 100 });
await new Promise((resolve, reject) =>
  connection.commitTransaction((error) => (error ? reject(error) : resolve())),
);

const [{ total }] = await run('select sum(salary)::int as total from staff', {});
console.log(`together: ${total}`);

const [{ report }] = await run("select repeat('all is well. ', 120000) as report", {});
console.log(`a report of ${report.length.toLocaleString('en')} characters`);

connection.close();
await Promise.race([once(connection, 'end'), sleep(2_000, undefined, { ref: false })]);

/** Runs a statement. @returns its rows, as objects */
function run(sql, parameters) {
  return new Promise((resolve, reject) => {
    const rows = [];
    const request = new Request(sql, (error) => (error ? reject(error) : resolve(rows)));
    for (const [name, value] of Object.entries(parameters)) request.addParameter(name, TYPES.Int, value);
    request.on('row', (columns) => {
      rows.push(Object.fromEntries(columns.map(({ metadata, value }) => [metadata.colName, value])));
    });
    connection.execSql(request);
  });
}
