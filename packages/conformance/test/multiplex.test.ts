/**
 * Streams multiplexed inside one rendezvous, over a whole relay: what is shared, what is not, and how it ends.
 * That each stream behaves like a socket is shown by the socket suite.
 * @module
 */
import { once } from 'node:events';
import { HybridConnectionListener, type IncomingConnection, type ListenerOptions } from '@hybridge/listener';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { HybridConnectionSender, type HybridConnectionSenderOptions } from '@hybridge/sender';
import type { HybridConnectionSocket } from '@hybridge/socket';
import { afterEach, describe, expect, it } from 'vitest';
import { until, within } from '../src/deadline.js';
import { Tunnel } from '../src/tunnel.js';

const PATIENCE_MS = 10_000;
const MIB = 1024 * 1024;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function relayed(): Promise<RelayServer> {
  const relay = await startRelay({ hybridConnections: ['hyco'] });
  cleanups.push(() => relay.close({ graceMs: 0 }));
  return relay;
}

type OnConnection = (socket: HybridConnectionSocket, incoming: IncomingConnection) => void;

async function listening(
  relay: RelayServer,
  onConnection: OnConnection,
  options: Partial<ListenerOptions> = {},
): Promise<HybridConnectionListener> {
  const connectionString = relay.connectionString('hyco', 'defaultListener');
  const listener = new HybridConnectionListener({ connectionString, allowHalfOpen: true, ...options });
  listener.on('connection', (socket, incoming) => {
    socket.on('error', () => undefined);
    onConnection(socket, incoming);
  });
  listener.on('warning', () => undefined);
  cleanups.push(() => listener.close({ graceMs: 0 }));
  await listener.listen();
  return listener;
}

function sending(relay: RelayServer, options: Partial<HybridConnectionSenderOptions> = {}) {
  const connectionString = relay.connectionString('hyco', 'defaultSender');
  const sender = new HybridConnectionSender({ connectionString, multiplex: true, ...options });
  cleanups.push(() => sender.close());
  return () => opened(sender);
}

function opened(sender: HybridConnectionSender): HybridConnectionSocket {
  const socket = sender.connect({ allowHalfOpen: true });
  socket.on('error', () => undefined);
  cleanups.push(() => socket.destroy());
  return socket;
}

const echo: OnConnection = (socket) => socket.pipe(socket);

const tunnels = (relay: RelayServer) =>
  relay
    .status()
    .namespaces.flatMap(({ hybridConnections }) => hybridConnections.flatMap((each) => each.tunnels)).length;

async function connected(socket: HybridConnectionSocket): Promise<HybridConnectionSocket> {
  const failed = once(socket, 'error').then(([error]) => Promise.reject(error));
  await within(Promise.race([once(socket, 'connect'), failed]), PATIENCE_MS, 'a connection');
  return socket;
}

async function roundTrip(socket: HybridConnectionSocket, text: string): Promise<void> {
  let back = '';
  const arrived = new Promise<void>((resolve) => {
    socket.on('data', function hear(chunk: Buffer) {
      back += chunk;
      if (back.length < text.length) return;
      socket.off('data', hear);
      resolve();
    });
  });
  socket.write(text);
  await within(arrived, PATIENCE_MS, 'an echo');
  expect(back).toBe(text);
}

const failure = async (socket: HybridConnectionSocket) =>
  (await within(once(socket, 'error'), PATIENCE_MS, "'error'"))[0] as NodeJS.ErrnoException;

describe('a sender and a listener that multiplex', () => {
  it('have 60 connections in one rendezvous, each with its own bytes', async () => {
    const relay = await relayed();
    const incoming: IncomingConnection[] = [];
    await listening(relay, (socket, each) => {
      incoming.push(each);
      socket.pipe(socket);
    });
    const connect = sending(relay, { suffix: '/a', query: '?b=c', headers: { 'X-D': 'e' } });
    const sockets = await Promise.all(Array.from({ length: 60 }, () => connected(connect())));
    await Promise.all(sockets.map((socket, index) => roundTrip(socket, `${index} `.repeat(1 + 997 * index))));
    expect(tunnels(relay)).toBe(1);
    expect(new Set(incoming.map(({ id }) => id)).size).toBe(60);
    for (const { path, query, headers, protocols, remoteEndpoint } of incoming) {
      expect({ path, query, header: headers['x-d'], protocols }).toEqual({
        ...{ path: '/a', query: '?b=c', header: 'e', protocols: [] },
      });
      expect(remoteEndpoint.address).toBe('127.0.0.1');
    }
  });

  it('open another session when one is full, and connections of their own when all are', async () => {
    const relay = await relayed();
    await listening(relay, echo);
    const connect = sending(relay, { multiplex: { maxStreams: 2, maxSessions: 2 } });
    for (const expected of [1, 1, 2, 2, 3, 4]) {
      await roundTrip(await connected(connect()), 'hello');
      expect(tunnels(relay)).toBe(expected);
    }
  });

  it('are not held up by a reader that has stopped', async () => {
    const relay = await relayed();
    let isFirst = true;
    await listening(relay, (socket) => {
      if (!isFirst) socket.pipe(socket);
      isFirst = false;
    });
    const connect = sending(relay, { multiplex: { maxStreams: 100 } });
    const stalled = await connected(connect());
    stalled.write(Buffer.alloc(16 * MIB));
    const others = await Promise.all(Array.from({ length: 99 }, () => connected(connect())));
    await Promise.all(others.map((socket) => roundTrip(socket, 'hello')));
    expect(tunnels(relay)).toBe(1);
    expect(stalled.writableLength).toBeGreaterThan(0);
    // The window, and what the two streams hold.
    expect(stalled.bytesWritten - stalled.writableLength).toBeLessThan(2 * MIB);
  });

  it('reject as ever', async () => {
    const relay = await relayed();
    await listening(relay, echo, { acceptHandler: (incoming) => incoming.reject(403, 'Not on a Sunday') });
    const connect = sending(relay);
    for (let i = 0; i < 2; i += 1) {
      const error = await failure(connect());
      expect(error).toMatchObject({ code: 'EACCES', syscall: 'connect', cause: { status: 403 } });
      expect(error.message).toContain('Not on a Sunday');
    }
  });

  it('close a session that is no longer used, and open one again', async () => {
    const relay = await relayed();
    await listening(relay, echo);
    const connect = sending(relay, { multiplex: { idleTimeoutMs: 50 } });
    for (let i = 0; i < 2; i += 1) {
      const socket = await connected(connect());
      await roundTrip(socket, 'hello');
      socket.end();
      await until(() => tunnels(relay) === 0, PATIENCE_MS, 'the session to be closed');
    }
  });

  it('cut every connection when the relay goes away', async () => {
    const relay = await relayed();
    await listening(relay, echo);
    const connect = sending(relay);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connected(connect())));
    const failures = Promise.all(sockets.map(failure));
    await relay.close({ graceMs: 0 });
    for (const { code } of await failures) expect(code).toBe('ECONNRESET');
  });

  it('cut every connection when the listener is cut off, and reach the next one', async () => {
    const relay = await relayed();
    const first = await listening(relay, (socket) => socket.write('first'));
    const connect = sending(relay);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connected(connect())));
    await listening(relay, (socket) => socket.write('second'));
    const failures = Promise.all(sockets.map(failure));
    await first.close({ graceMs: 0 });
    for (const { code } of await failures) expect(code).toBe('ECONNRESET');
    const [greeting] = await within(once(await connected(connect()), 'data'), PATIENCE_MS, 'a greeting');
    expect(String(greeting)).toBe('second');
  });

  it('let open connections end when the listener closes, while new ones go to the next', async () => {
    const relay = await relayed();
    const first = await listening(relay, echo);
    const connect = sending(relay);
    const socket = await connected(connect());
    await listening(relay, (other) => other.write('second'));
    const closed = first.close({ graceMs: PATIENCE_MS });
    await until(() => first.state.name === 'closing', PATIENCE_MS, 'the listener to close');
    const [greeting] = await within(once(await connected(connect()), 'data'), PATIENCE_MS, 'a greeting');
    expect(String(greeting)).toBe('second');
    await roundTrip(socket, 'still here');
    socket.end();
    await within(closed, PATIENCE_MS, 'the listener to be closed');
  });
});

describe('a sender that would multiplex', () => {
  it('has connections of their own with a listener that would not', async () => {
    const relay = await relayed();
    await listening(relay, echo, { multiplex: false });
    const connect = sending(relay);
    const sockets = await Promise.all([connected(connect()), connected(connect()), connected(connect())]);
    await Promise.all(sockets.map((socket) => roundTrip(socket, 'hello')));
    expect(tunnels(relay)).toBe(3);
    await roundTrip(await connected(connect()), 'hello');
    expect(tunnels(relay)).toBe(4);
  });

  it('has them with a listener that has as many sessions as it may', async () => {
    const relay = await relayed();
    await listening(relay, echo, { multiplex: { maxSessions: 1 } });
    const [one, other] = [sending(relay), sending(relay)];
    const sockets = [
      await connected(one()),
      await connected(one()),
      await connected(other()),
      await connected(other()),
    ];
    await Promise.all(sockets.map((socket) => roundTrip(socket, 'hello')));
    expect(tunnels(relay)).toBe(3);
  });

  it('learns why nobody is there', async () => {
    const relay = await relayed();
    const connect = sending(relay);
    expect(await failure(connect())).toMatchObject({
      code: 'ECONNREFUSED',
      cause: { code: 'ERR_RELAY_NO_LISTENER' },
    });
  });

  it('learns that the target refuses, in the word that the target has for it', async () => {
    const tunnel = await Tunnel.open({ host: '127.0.0.1', port: 9 });
    cleanups.push(() => tunnel.close());
    const { refusingConnectionString: connectionString } = tunnel;
    const sender = new HybridConnectionSender({ connectionString, multiplex: true });
    cleanups.push(() => sender.close());
    for (let i = 0; i < 3; i += 1) {
      expect(await failure(opened(sender))).toMatchObject({
        code: 'ECONNREFUSED',
        cause: { code: 'ERR_RELAY_TARGET', targetCode: 'ECONNREFUSED' },
      });
    }
  });

  it('leaves nothing behind when connections are given up', async () => {
    const relay = await relayed();
    let open = 0;
    await listening(relay, (socket) => {
      open += 1;
      socket.on('close', () => {
        open -= 1;
      });
      socket.pipe(socket);
    });
    const connect = sending(relay, { multiplex: { idleTimeoutMs: 50 } });
    for (let i = 0; i < 20; i += 1) {
      const sockets = Array.from({ length: 25 }, connect);
      for (const [index, socket] of sockets.entries()) setTimeout(() => socket.destroy(), index % 5);
      await Promise.all(sockets.map((socket) => once(socket, 'close')));
    }
    await until(() => open === 0, PATIENCE_MS, 'the far ends to be closed');
    await until(() => tunnels(relay) === 0, PATIENCE_MS, 'the session to be closed');
  });

  it('take no notice of streams that are reset with the packet that opened them', async () => {
    const relay = await relayed();
    await listening(relay, echo);
    const connect = sending(relay);
    // From now on there is a session, so that what is asked for goes out at once.
    await connected(connect());
    for (let i = 0; i < 20; i += 1) {
      const sockets = Array.from({ length: 5 }, connect);
      // A listener that stumbled over one of them would fail this test with an unhandled rejection.
      for (const socket of sockets) setImmediate(() => socket.destroy());
      await Promise.all(sockets.map((socket) => once(socket, 'close')));
    }
    await roundTrip(await connected(connect()), 'hello');
  });
});
