/** Who may go over. How a socket of the application does is shown with the whole. */
import { EventEmitter, once } from 'node:events';
import net from 'node:net';
import type { Channel } from '@hybridge/socket';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Crossing } from './crossing.js';

/** A port that somebody has at 127.0.0.1. */
async function takenPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

function openCrossing(): Promise<[crossing: Crossing, port: number]> {
  const crossing = new Crossing();
  onTestFinished(() => crossing.close());
  return new Promise((resolve) => crossing.whenListening((_, port) => resolve([crossing, port])));
}

function codeOf(error: NodeJS.ErrnoException): string | undefined {
  return error.code;
}

describe('the port where sockets go over', () => {
  // macOS has no other loopback address.
  it.skipIf(process.platform === 'darwin')(
    'resets who comes with the port of one of our sockets, from another loopback address',
    async () => {
      const [crossing, port] = await openCrossing();
      const near = Object.assign(new EventEmitter(), { localPort: await takenPort(), destroyed: false });
      let aborts = 0;
      const abort = () => {
        aborts += 1;
      };
      const channel = { abort } as Channel;
      const opening = { opened: Promise.resolve(channel), abort };
      crossing.passage(near as unknown as net.Socket, opening).expect(channel);

      const stranger = net.connect({
        port,
        host: '127.0.0.1',
        localAddress: '127.0.0.2',
        localPort: near.localPort,
      });
      const code = await new Promise((resolve) => stranger.once('error', (error) => resolve(codeOf(error))));
      expect([code, stranger.bytesRead]).toEqual(['ECONNRESET', 0]);
      // Still expected, and so given up with its socket.
      expect(aborts).toBe(0);
      near.emit('close');
      expect(aborts).toBe(1);
    },
  );
});
