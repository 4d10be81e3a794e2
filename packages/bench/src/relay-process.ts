/**
 * A relay with hybrid connections `web` and, if asked for, `idle-1` and so on; one policy of a given key may do all.
 * `relay-process.js KEY [COUNT]`
 * @module
 */
import { startRelay } from '@hybridge/relay';

const [, , primaryKey = '', count = '0'] = process.argv;
const names = ['web', ...Array.from({ length: Number(count) }, (_, i) => `idle-${i + 1}`)];
const authorizationRules = [{ name: 'bench', rights: ['Listen', 'Send'] as const, primaryKey }];
const relay = await startRelay({
  hybridConnections: names.map((name) => ({ name, authorizationRules })),
});
process.stdout.write(`ready ${new URL(relay.url).port}\n`);
