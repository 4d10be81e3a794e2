/** PostgreSQL in another network, read and written by an application with `pg`. */
import { application, postgres, privateNetwork, say, startRelay } from '@hybridge-examples/stage';

const relay = await startRelay({ hybridConnections: ['staff-db'] });
say(`a relay at ${relay.url}`);

const database = await postgres(`
  create table staff (name text primary key, city text);
  insert into staff values ('Ada', 'London'), ('Grace', 'New York');
`);
const network = await privateNetwork(relay, { 'staff-db': database.address });
say('a private network: PostgreSQL, and a manager that has dialled out to the relay');

say('the application, which knows the database as db.corp.example');
try {
  await application(new URL('app.js', import.meta.url), {
    DATABASE_URL: 'postgres://app@db.corp.example:5432/postgres',
    HYBRIDGE_CONNECTION_STRING: relay.connectionString('staff-db', 'defaultSender'),
  });
} finally {
  await network.stop();
  await database.stop();
  await relay.close();
}
