/**
 * Opens a socket, does a list of things with it, says "done", and is left alone: does the process end by itself?
 *
 *     node socket-exits.mjs open,unref net 12345
 *     node socket-exits.mjs open,unref hybridge 'Endpoint=…'
 */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [deeds, kind, where] = process.argv.slice(2);

async function open() {
  if (kind === 'net') {
    return deeds.startsWith('stalled')
      ? net.connect({ port: Number(where), host: 'stalled.test', lookup: () => undefined })
      : net.connect({ port: Number(where), host: '127.0.0.1' });
  }
  const { HybridConnectionSender } = await import('@hybridge/sender');
  return new HybridConnectionSender({ connectionString: where, multiplex: kind === 'multiplexed' }).connect();
}

const socket = await open();
socket.resume();
const opened = once(socket, 'connect');

for (const deed of deeds.split(',')) {
  if (deed === 'open') await opened;
  else if (deed === 'stalled') await sleep(50);
  else if (deed === 'data') await new Promise((resolve) => socket.write('x', resolve));
  else if (deed === 'timeout') socket.setTimeout(60_000);
  else socket[deed]();
}
process.stdout.write('done\n');
