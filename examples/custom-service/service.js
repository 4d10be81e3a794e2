/** A service with a protocol of its own: it counts the words of each line. It opens no port; it dials out to the relay. */
import { createInterface } from 'node:readline';
import { HybridConnectionListener } from '@hybridge/listener';

const listener = new HybridConnectionListener(process.env.HYBRIDGE_CONNECTION_STRING);

listener.on('connection', (socket) => {
  socket.on('error', () => socket.destroy());
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => socket.write(`${line.split(/\s+/).filter(Boolean).length}\n`));
  // The client is done; so is the answer.
  lines.on('close', () => socket.end());
});

await listener.listen();
process.send?.('listening');
process.once('SIGTERM', () => listener.close());
process.once('disconnect', () => listener.close());
