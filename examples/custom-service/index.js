/** A service of your own that embeds the listener, and an application that talks to it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { application, say, startRelay } from '@hybridge-examples/stage';

const relay = await startRelay({ hybridConnections: ['word-count'] });
say(`a relay at ${relay.url}`);

const service = fork(new URL('service.js', import.meta.url), {
  env: {
    ...process.env,
    HYBRIDGE_CONNECTION_STRING: relay.connectionString('word-count', 'defaultListener'),
  },
});
await once(service, 'message');
say('a service that listens at the relay, and on no port');

try {
  await application(new URL('app.js', import.meta.url), {
    HYBRIDGE_CONNECTION_STRING: relay.connectionString('word-count', 'defaultSender'),
  });
} finally {
  service.disconnect();
  await once(service, 'exit');
  await relay.close();
}
