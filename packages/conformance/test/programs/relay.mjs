/**
 * A relay as a process of its own, asked and told over the channel of `fork`.
 *
 * Usage: fork('relay.mjs', [options of startRelay as JSON])
 */
import { startRelay } from '@hybridge/relay';
import { answering, tell } from './answering.mjs';

const relay = await startRelay(JSON.parse(process.argv[2]));

answering({
  status: () => relay.status(),
  connectionString: (name, choice) => relay.connectionString(name, choice),
  regenerateKey: (reference, key) => relay.regenerateKey(reference, key),
});
tell('ready', relay.url);
