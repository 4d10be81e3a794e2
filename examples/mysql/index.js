/** MariaDB in another network, read and written by an application with `mysql2`. */
import { application, mariadb, privateNetwork, say, startRelay } from '@hybridge-examples/stage';

const database = await mariadb(`
  create table products (name varchar(50) primary key, price int);
  insert into products values ('desk', 120), ('lamp', 30);
`);
const relay = await startRelay({ hybridConnections: ['shop-db'] });
say(`a relay at ${relay.url}`);

const network = await privateNetwork(relay, { 'shop-db': database.address });
say('a private network: MariaDB, and a manager that has dialled out to the relay');

say('the application, which knows the database as db.corp.example');
try {
  await application(new URL('app.js', import.meta.url), {
    DATABASE_URL: `mysql://app:${database.password}@db.corp.example:3306/app`,
    HYBRIDGE_CONNECTION_STRING: relay.connectionString('shop-db', 'defaultSender'),
  });
} finally {
  await network.stop();
  await database.stop();
  await relay.close();
}
