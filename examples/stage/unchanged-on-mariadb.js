/** An application that is not changed, in any language, and a MariaDB in a private network that it reaches by its private name. */
import { startRelay } from '@hybridge/relay';
import { mariadb } from './mariadb.js';
import { privateNetwork } from './private-network.js';
import { say } from './say.js';
import { need, unchangedCommand } from './unchanged-command.js';

/**
 * Runs it to its end. It finds the database's settings in `DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USER` and `DB_PASSWORD`.
 * @param command - the program and its arguments
 * @param needs - what it needs besides MariaDB, as `need` takes it
 * @throws Error when it fails
 */
export async function unchangedOnMariadb(command, needs) {
  need({ 'mariadb-server': ['sh', '-c', 'PATH=$PATH:/usr/sbin command -v mariadbd'], ...needs });

  const relay = await startRelay({
    hybridConnections: [{ name: 'guests-db', endpoint: 'db.corp.example:3306' }],
  });
  say(`a relay at ${relay.url}`);

  const database = await mariadb();
  const network = await privateNetwork(relay, { 'guests-db': database.address });
  say('a private network: MariaDB at db.corp.example:3306, and a manager');

  say('the application: its settings name the database, and nothing else');
  try {
    await unchangedCommand(command, {
      ...{ DB_HOST: 'db.corp.example', DB_PORT: '3306', DB_NAME: 'app' },
      ...{ DB_USER: 'app', DB_PASSWORD: database.password },
      HYBRIDGE_CONNECTIONS: relay.connectionString('guests-db', 'defaultSender'),
    });
  } finally {
    await network.stop();
    await database.stop();
    await relay.close();
  }
}
