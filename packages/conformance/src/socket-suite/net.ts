/**
 * Plain `node:net` over loopback, the model: whatever the suite expects, this does.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import { freePort } from '../services/server-process.js';
import type { DialOptions, SocketStage, SocketSubject } from './subject.js';

/** `net.connect` to a `net.Server`. */
export const netSubject: SocketSubject = {
  name: 'net.Socket',
  traits: { destroySeenAs: 'end', toleratesConnect: false, unrefWhileConnecting: true },

  async start(): Promise<SocketStage> {
    const accepted: net.Socket[] = [];
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      accepted.push(socket);
      server.emit('far', socket);
    });
    const port = await listening(server);
    // What the exiting processes connect to: it reads, says nothing, and ends when they do.
    const silent = net.createServer((socket) => {
      socket.on('error', () => undefined).resume();
      accepted.push(socket);
    });
    const silentPort = await listening(silent);
    const closedPort = await freePort();

    const connect = (options: DialOptions, where: Partial<net.TcpNetConnectOpts>) =>
      net.connect({ port, host: '127.0.0.1', ...where, ...options } as net.TcpNetConnectOpts);

    return {
      dial(options = {}) {
        // One at a time: the next to be accepted is the one that was just dialled.
        const far = once(server, 'far').then(([socket]) => socket as net.Socket);
        return { near: connect(options, {}), far };
      },
      refused: () => connect({}, { port: closedPort }),
      stalled: (options = {}) => connect(options, { host: 'stalled.test', lookup: () => undefined }),
      exitProgram: ['net', String(silentPort)],
      async close() {
        for (const socket of accepted) socket.destroy();
        for (const each of [server, silent]) await once(each.close(), 'close');
      },
    };
  },
};

async function listening(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}
