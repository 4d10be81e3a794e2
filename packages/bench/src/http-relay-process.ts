/**
 * A relay for the measurement of HTTP, with one hybrid connection and a policy of a given key.
 * `http-relay-process.js KEY`
 * @module
 */
import { startRelay } from '@hybridge/relay';

const [, , primaryKey = ''] = process.argv;
const relay = await startRelay({
  hybridConnections: [
    { name: 'web', authorizationRules: [{ name: 'bench', rights: ['Listen', 'Send'], primaryKey }] },
  ],
});
process.stdout.write(`ready ${new URL(relay.url).port}\n`);
