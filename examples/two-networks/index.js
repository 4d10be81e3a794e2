/** One application, two private networks, and a relay for each. */
import { application, postgres, privateNetwork, say, startRelay } from '@hybridge-examples/stage';

async function branch(city, amounts) {
  const relay = await startRelay({ hybridConnections: ['sales-db'] });
  const rows = amounts.map((amount) => `('${city}', ${amount})`).join();
  const database = await postgres(`
    create table sales (city text, amount int);
    insert into sales values ${rows};
  `);
  const network = await privateNetwork(relay, { 'sales-db': database.address });
  say(`${city}: a database, a manager, and a relay at ${relay.url}`);
  const stop = async () => {
    await network.stop();
    await database.stop();
    await relay.close();
  };
  return { connectionString: relay.connectionString('sales-db', 'defaultSender'), stop };
}

const north = await branch('Oslo', [120, 80]);
const south = await branch('Rome', [50, 75, 25]);

try {
  await application(new URL('app.js', import.meta.url), {
    NORTH: north.connectionString,
    SOUTH: south.connectionString,
  });
} finally {
  await north.stop();
  await south.stop();
}
