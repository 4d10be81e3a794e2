/**
 * A forwarder with stand-ins for everything that is not its own: the listener, the splice, the relay.
 * @module
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { IncomingConnection, ListenerEvents, ListenerState } from '@hybridge/listener';
import type { Conduit, HybridConnectionSocket, OpeningChannel, Splice, SpliceEnd } from '@hybridge/socket';
import { onTestFinished } from 'vitest';
import type { ConnectionConfig } from '../src/config/manager-config.js';
import { Forwarder } from '../src/forwarder/forwarder.js';
import type { ForwarderParts } from '../src/forwarder/forwarder-parts.js';
import type { ListenerPort } from '../src/registration/registration.js';
import type { ConnectionState } from '../src/status/connection-status.js';
import type { Target } from '../src/target/target.js';

export const NOWHERE: Target = { host: '127.0.0.1', port: 1 };

/** A forwarder whose listener, splice and relay are stood in for. */
export function forwarding(target: Target | undefined, parts: Partial<ForwarderParts> = {}) {
  const listeners: Listener[] = [];
  const joints: Joint[] = [];
  const states: ConnectionState[] = [];
  const config: ConnectionConfig = {
    name: 'sql',
    connectionString: '',
    namespace: 'relay.example.net',
    serviceEndpoint: 'sb://relay.example.net/',
    hybridConnection: 'sql',
    target,
  };
  const forwarder = new Forwarder(
    config,
    { targetTimeoutMs: 5_000 },
    {
      listener: (_config, { id }, accept) => {
        listeners.push(new Listener(id, accept));
        return listeners.at(-1)!;
      },
      splice: (near) => {
        joints.push(new Joint(near));
        return joints.at(-1)!;
      },
      ask: () => Promise.reject(new Error('it is not asked')),
      ...parts,
    },
  );
  forwarder.on('state', (state) => states.push(state));
  onTestFinished(async () => {
    for (const joint of joints) joint.near.destroy();
    await forwarder.stop({ graceMs: 0 });
  });
  return { forwarder, config, listeners, listener: () => listeners.at(-1)!, joints, states };
}

/** Stands for a listener. */
class Listener extends EventEmitter<ListenerEvents> implements ListenerPort {
  closedWith: object | undefined;
  readonly announce: (incoming: IncomingConnection) => Promise<void>;

  constructor(
    readonly id: string,
    announce: (incoming: IncomingConnection) => Promise<void>,
  ) {
    super();
    this.announce = announce;
  }

  become(state: ListenerState): void {
    this.emit('state', state);
  }

  async listen(): Promise<void> {}

  probe(): void {}

  async close(options: object): Promise<void> {
    this.closedWith = options;
  }
}

/** Stands for a sender that waits at the relay. */
export class Incoming implements IncomingConnection {
  readonly id = 'id-1';
  readonly rendezvousId = 'id-1';
  readonly address = 'ws://127.0.0.1/$hc/sql';
  readonly path = '';
  readonly query = '';
  readonly headers = {};
  readonly protocols = [];
  readonly remoteEndpoint = { address: '192.0.2.7', port: 5000 };
  state: IncomingConnection['state'] = 'waiting';
  rejection: [number, string] | undefined;

  accept(): HybridConnectionSocket {
    throw new Error('A forwarder needs no stream');
  }

  acceptChannel(): OpeningChannel {
    this.state = 'accepted';
    return {} as OpeningChannel;
  }

  reject(status: number, description: string): void {
    this.state = 'rejected';
    this.rejection = [status, description];
  }
}

/** Stands for two connections joined. */
export class Joint implements Splice {
  readonly near: Conduit;
  readonly closed: Promise<SpliceEnd>;
  bytesToTunnel = 0;
  bytesFromTunnel = 0;
  #resolve!: (end: SpliceEnd) => void;

  constructor(near: Conduit) {
    this.near = near;
    this.closed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  finish(reason: SpliceEnd['reason'], error?: Error): void {
    const { bytesToTunnel, bytesFromTunnel } = this;
    this.#resolve({ reason, error, bytesToTunnel, bytesFromTunnel });
  }

  destroy(error?: Error): void {
    this.finish('local', error);
  }
}

/** A target that answers. */
export async function listening(port = 0): Promise<Target> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  onTestFinished(() => void server.close());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { host: '127.0.0.1', port: portOf(server) };
}

/** A target that does not. */
export async function notListening(): Promise<Target> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return { host: '127.0.0.1', port };
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}
