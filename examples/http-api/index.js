/** A web API with Express in another network, without a port of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { application, say, startRelay } from '@hybridge-examples/stage';

const relay = await startRelay({ hybridConnections: ['orders-api'] });
say(`a relay at ${relay.url}`);

const service = fork(new URL('service.js', import.meta.url), {
  env: {
    ...process.env,
    HYBRIDGE_CONNECTION_STRING: relay.connectionString('orders-api', 'defaultListener'),
  },
});
await once(service, 'message');
say('an Express application that takes requests from the relay, and listens on no port');

try {
  await application(new URL('app.js', import.meta.url), {
    HYBRIDGE_CONNECTION_STRING: relay.connectionString('orders-api', 'defaultSender'),
    API_URL: `${relay.url.replace(/^ws/, 'http')}/orders-api/orders`,
  });
} finally {
  service.disconnect();
  await once(service, 'exit');
  await relay.close();
}
