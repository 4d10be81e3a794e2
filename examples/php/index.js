/** A PHP application that is not changed: `hybridge run -- php app.php` gives it the private name. */
import { fileURLToPath } from 'node:url';
import { mariadb, need, privateNetwork, say, startRelay, unchangedCommand } from '@hybridge-examples/stage';

need({
  'mariadb-server': ['sh', '-c', 'PATH=$PATH:/usr/sbin command -v mariadbd'],
  'php-cli php-mysql': ['php', '-r', 'exit(extension_loaded("pdo_mysql") ? 0 : 1);'],
});

const relay = await startRelay({
  hybridConnections: [{ name: 'guests-db', endpoint: 'db.corp.example:3306' }],
});
say(`a relay at ${relay.url}`);

const database = await mariadb();
const network = await privateNetwork(relay, { 'guests-db': database.address });
say('a private network: MariaDB at db.corp.example:3306, and a manager');

say('the application: its settings name the database, and nothing else');
try {
  await unchangedCommand(['php', fileURLToPath(new URL('app.php', import.meta.url))], {
    ...{ DB_HOST: 'db.corp.example', DB_PORT: '3306', DB_NAME: 'app' },
    ...{ DB_USER: 'app', DB_PASSWORD: database.password },
    HYBRIDGE_CONNECTIONS: relay.connectionString('guests-db', 'defaultSender'),
  });
} finally {
  await network.stop();
  await database.stop();
  await relay.close();
}
