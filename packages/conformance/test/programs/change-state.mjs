/**
 * A relay that is changed as fast as it can be, and says what it was told is kept: to be killed over it.
 *
 * Each lane changes things of its own, one after the other, and prints `lane number` when a change is acknowledged.
 *
 * Usage: node change-state.mjs <data folder> <first number>
 */
import { writeSync } from 'node:fs';
import { RelayServer } from '@hybridge/relay';

const LANES = 6;
const [dataDir, first] = process.argv.slice(2);

const relay = new RelayServer({ dataDir, listen: { port: 0 } });
await relay.listen();
const { managed } = relay;
const namespace = 'localhost';

async function lane(name) {
  for (let number = Number(first); ; number += 1) {
    await managed.change({
      type: 'put-hybrid-connection',
      namespace,
      name: `${name}-${number}`,
      userMetadata: 'x'.repeat(500),
    });
    await managed.change({
      type: 'put-rule',
      namespace,
      name,
      rights: ['Send'],
      primaryKey: `key-${number}`,
    });
    if (number > 1) {
      const gone = `${name}-${number - 1}`;
      // The process before may have been killed before or after it had done so.
      const isThere = managed.model.namespaces[0].hybridConnections.some((each) => each.name === gone);
      if (isThere) await managed.change({ type: 'delete-hybrid-connection', namespace, name: gone });
    }
    writeSync(1, `${name} ${number}\n`);
  }
}

await Promise.all(Array.from({ length: LANES }, (_, index) => lane(`lane${index}`)));
