import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { IncomingConnection, ListenerEvents, ListenerState } from '@hybridge/listener';
import { RelayError } from '@hybridge/protocol';
import type { Conduit, HybridConnectionSocket, OpeningChannel, Splice, SpliceEnd } from '@hybridge/socket';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ConnectionState } from './connection-status.js';
import { Forwarder } from './forwarder.js';
import type { ConnectionConfig } from './manager-config.js';
import { type ListenerPort, REFUSED_RETRY_MS } from './registration.js';
import type { Target } from './target.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a forwarder', () => {
  it('follows its listener through its states', () => {
    const { forwarder, listener, states } = forwarding(NOWHERE);
    expect(forwarder.state).toEqual({ name: 'stopped' });
    forwarder.start();
    const since = new Date();
    const because = new RelayError('ERR_RELAY_CUT', 'cut');
    listener().become({ name: 'connecting', attempt: 1 });
    listener().become({ name: 'online', since, renewTokenAt: since });
    listener().become({ name: 'online', since, renewTokenAt: new Date(0) });
    listener().become({ name: 'waiting', attempt: 1, retryAt: since, because });
    expect(states).toEqual([
      { name: 'connecting', attempt: 1 },
      { name: 'online', since },
      { name: 'waiting', retryAt: since, because },
    ]);
  });

  it('that the relay refuses tries again later with a new listener', () => {
    vi.useFakeTimers();
    const { forwarder, listener, listeners } = forwarding(NOWHERE);
    forwarder.start();
    const because = new RelayError('ERR_RELAY_UNAUTHORIZED', 'wrong key');
    listener().become({ name: 'closed', because });
    expect(forwarder.state).toEqual({
      name: 'refused',
      because,
      retryAt: new Date(Date.now() + REFUSED_RETRY_MS),
    });
    vi.advanceTimersByTime(REFUSED_RETRY_MS - 1);
    expect(listeners).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(listeners).toHaveLength(2);
  });

  it('that is stopped while it was refused does not try again', async () => {
    vi.useFakeTimers();
    const { forwarder, listener, listeners } = forwarding(NOWHERE);
    forwarder.start();
    listener().become({ name: 'closed', because: new RelayError('ERR_RELAY_UNAUTHORIZED', 'wrong key') });
    await forwarder.stop({ graceMs: 0 });
    vi.advanceTimersByTime(REFUSED_RETRY_MS);
    expect(listeners).toHaveLength(1);
    expect(forwarder.state).toEqual({ name: 'stopped' });
  });

  it('passes on what its listener warns of', () => {
    const { forwarder, listener } = forwarding(NOWHERE);
    const heard = vi.fn();
    forwarder.on('warning', heard);
    forwarder.start();
    listener().emit('warning', new Error('odd'));
    expect(heard).toHaveBeenCalledWith(new Error('odd'));
  });
});

describe('a forwarder whose target answers', () => {
  it('accepts the sender and joins the two', async () => {
    const { forwarder, listener, joints } = forwarding(await listening());
    const opened = vi.fn();
    forwarder.on('open', opened);
    forwarder.start();
    const incoming = new Incoming();
    await listener().announce(incoming);
    expect(incoming.state).toBe('accepted');
    expect(opened).toHaveBeenCalledWith(expect.objectContaining({ id: 'id-1' }));
    expect(joints[0]?.near.socket.remotePort).toBe(forwarder.status().target?.split(':').map(Number)[1]);
    joints[0]?.near.destroy();
  });

  it('counts what is open and what was', async () => {
    const { forwarder, listener, joints } = forwarding(await listening());
    forwarder.start();
    await listener().announce(new Incoming());
    await listener().announce(new Incoming());
    const [first, second] = joints as [Joint, Joint];
    Object.assign(first, { bytesToTunnel: 10, bytesFromTunnel: 1 });
    Object.assign(second, { bytesToTunnel: 20, bytesFromTunnel: 2 });
    const ended = once(forwarder, 'end');
    first.finish('tunnel failed');
    expect((await ended)[0]).toMatchObject({
      reason: 'tunnel failed',
      bytesToTarget: 1,
      bytesFromTarget: 10,
    });
    expect(forwarder.status().counters).toEqual({
      connections: 2,
      open: 1,
      targetFailures: 0,
      tunnelFailures: 1,
      bytesToTarget: 3,
      bytesFromTarget: 30,
    });
    second.finish('finished');
  });

  it('drops it again when the sender was given up meanwhile', async () => {
    const { forwarder, listener, joints } = forwarding(await listening());
    forwarder.start();
    const incoming = new Incoming();
    incoming.state = 'expired';
    await listener().announce(incoming);
    expect(joints).toHaveLength(0);
    await forwarder.stop({ graceMs: 0 });
  });
});

describe('a forwarder whose target does not answer', () => {
  it('tells the sender the code, and nothing about the target', async () => {
    const { forwarder, listener } = forwarding(await notListening());
    forwarder.start();
    const incoming = new Incoming();
    const failed = vi.fn();
    forwarder.on('targetFailure', failed);
    await listener().announce(incoming);
    expect(incoming.rejection).toEqual([502, expect.stringMatching(/^ECONNREFUSED: /)]);
    expect(incoming.rejection?.[1]).not.toContain('127.0.0.1');
    expect(failed).toHaveBeenCalledWith(
      expect.objectContaining({ code: 'ECONNREFUSED', message: expect.stringContaining('127.0.0.1') }),
      { id: 'id-1', remoteEndpoint: incoming.remoteEndpoint },
    );
    expect(forwarder.status()).toMatchObject({
      targetFailure: { code: 'ECONNREFUSED' },
      counters: { connections: 0, targetFailures: 1 },
    });
  });

  it('forgets the failure once it answers again', async () => {
    const target = await notListening();
    const { forwarder, listener, joints } = forwarding(target);
    forwarder.start();
    await listener().announce(new Incoming());
    await listening(target.port);
    await listener().announce(new Incoming());
    expect(forwarder.status().targetFailure).toBeUndefined();
    joints[0]?.near.destroy();
  });
});

describe('stopping a forwarder', () => {
  it('closes the listener and waits for open connections', async () => {
    const { forwarder, listener, joints, states } = forwarding(await listening());
    forwarder.start();
    await listener().announce(new Incoming());
    const stopped = forwarder.stop({ graceMs: 10_000 });
    expect(listener().closedWith).toEqual({ graceMs: 10_000 });
    expect(forwarder.state).toEqual({ name: 'stopping' });
    listener().become({ name: 'connecting', attempt: 1 });
    joints[0]?.finish('finished');
    await stopped;
    expect(states.map(({ name }) => name)).toEqual(['stopping', 'stopped']);
  });

  it('cuts what is still open when the time is over', async () => {
    const { forwarder, listener } = forwarding(await listening());
    forwarder.start();
    await listener().announce(new Incoming());
    const ended = once(forwarder, 'end');
    await forwarder.stop({ graceMs: 10 });
    expect((await ended)[0]).toMatchObject({ reason: 'stopped' });
  });
});

const NOWHERE: Target = { host: '127.0.0.1', port: 1 };

function forwarding(target: Target) {
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
      listener: (_config, _options, accept) => {
        listeners.push(new Listener(accept));
        return listeners.at(-1)!;
      },
      splice: (near) => {
        joints.push(new Joint(near));
        return joints.at(-1)!;
      },
      ask: () => Promise.reject(new Error('it is not asked')),
    },
  );
  forwarder.on('state', (state) => states.push(state));
  onTestFinished(() => {
    for (const joint of joints) joint.near.destroy();
  });
  return { forwarder, listeners, listener: () => listeners.at(-1)!, joints, states };
}

/** Stands for a listener. */
class Listener extends EventEmitter<ListenerEvents> implements ListenerPort {
  closedWith: object | undefined;
  readonly announce: (incoming: IncomingConnection) => Promise<void>;

  constructor(announce: (incoming: IncomingConnection) => Promise<void>) {
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
class Incoming implements IncomingConnection {
  readonly id = 'id-1';
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
class Joint implements Splice {
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

async function listening(port = 0): Promise<Target> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  onTestFinished(() => void server.close());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { host: '127.0.0.1', port: portOf(server) };
}

async function notListening(): Promise<Target> {
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
