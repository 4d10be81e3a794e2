/**
 * A relayed connection over a whole relay: the near end is the sender's socket, the far end the listener's.
 * @module
 */
import { HybridConnectionListener, type IncomingConnection } from '@hybridge/listener';
import { startRelay } from '@hybridge/relay';
import { HybridConnectionSender, type SenderOptions } from '@hybridge/sender';
import type { HybridConnectionSocket } from '@hybridge/socket';
import { requireBuild } from '../processes.js';
import { asNetSocket } from './sockets.js';
import type { Dialled, SocketStage, SocketSubject } from './subject.js';

/** Our sender, our relay, our listener, in this process: each connection with a rendezvous of its own. */
export const hybridgeSubject = subject('HybridConnectionSocket', false);

/** The same where each connection is a stream of a multiplexed session. */
export const multiplexedSubject = subject('HybridConnectionSocket, multiplexed', true);

function subject(name: string, multiplex: boolean): SocketSubject {
  return {
    name,
    traits: { destroySeenAs: 'reset', toleratesConnect: true, unrefWhileConnecting: false },

    async start(): Promise<SocketStage> {
      requireBuild();
      const relay = await startRelay({ hybridConnections: ['pairs', 'silent', 'undecided', 'deserted'] });
      const far = new Map<string, (socket: HybridConnectionSocket) => void>();
      const pairs = new HybridConnectionListener({
        connectionString: relay.connectionString('pairs', 'defaultListener'),
        allowHalfOpen: true,
      });
      pairs.on('connection', (socket: HybridConnectionSocket, incoming: IncomingConnection) => {
        socket.on('error', () => undefined);
        far.get(incoming.path)?.(socket);
      });
      const silent = new HybridConnectionListener(relay.connectionString('silent', 'defaultListener'));
      silent.on('connection', (socket) => socket.on('error', () => undefined).resume());
      const undecided = new HybridConnectionListener({
        connectionString: relay.connectionString('undecided', 'defaultListener'),
        acceptHandler: () => new Promise(() => undefined),
      });
      const listeners = [pairs, silent, undecided];
      await Promise.all(listeners.map((listener) => listener.listen()));

      const senders = new Set<HybridConnectionSender>();
      const open = (entity: string, { signal, allowHalfOpen, ...options }: Partial<SenderOptions>) => {
        const connectionString = relay.connectionString(entity, 'defaultSender');
        const sender = new HybridConnectionSender({ connectionString, multiplex, ...options });
        senders.add(sender);
        return sender.connect({ signal, allowHalfOpen });
      };
      let dialled = 0;

      return {
        dial(options = {}): Dialled {
          dialled += 1;
          const suffix = `/${dialled}`;
          const reached = new Promise<HybridConnectionSocket>((resolve) => far.set(suffix, resolve));
          return { near: asNetSocket(open('pairs', { ...options, suffix })), far: reached.then(asNetSocket) };
        },
        refused: () => asNetSocket(open('deserted', {})),
        stalled: (options = {}) => asNetSocket(open('undecided', options)),
        exitProgram: [
          multiplex ? 'multiplexed' : 'hybridge',
          relay.connectionString('silent', 'defaultSender'),
        ],
        async close() {
          for (const sender of senders) sender.close();
          await Promise.all(listeners.map((listener) => listener.close({ graceMs: 0 })));
          await relay.close({ graceMs: 0 });
        },
      };
    },
  };
}
