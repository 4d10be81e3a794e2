/** An application that is not changed: `node --import @hybridge/redirect/register app.js` leads its connections. */
import { application, postgres, privateNetwork, say, startRelay } from '@hybridge-examples/stage';

const relay = await startRelay({
  hybridConnections: [{ name: 'staff-db', endpoint: 'db.corp.example:5432' }],
});
say(`a relay at ${relay.url}`);

const database = await postgres(`
  create table staff (name text primary key, city text);
  insert into staff values ('Ada', 'London'), ('Grace', 'New York');
`);
const network = await privateNetwork(relay, { 'staff-db': database.address });
say('a private network: PostgreSQL at db.corp.example:5432, and a manager');

say('the application, with one option of Node more');
try {
  await application(
    new URL('app.js', import.meta.url),
    {
      DATABASE_URL: 'postgres://app@db.corp.example:5432/postgres',
      HYBRIDGE_CONNECTIONS: relay.connectionString('staff-db', 'defaultSender'),
    },
    { args: ['--import', import.meta.resolve('@hybridge/redirect/register')] },
  );
} finally {
  await network.stop();
  await database.stop();
  await relay.close();
}
