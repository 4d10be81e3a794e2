import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  connectUrl,
  handshakeText,
  Listener,
  listenUrl,
  open,
  RawPeer,
  roundTrip,
  tokenFor,
} from '../../test/clients.js';
import { HybridConnection, Namespace } from '../directory/directory.js';
import type { ListenerRegistered, ListenerUnregistered } from '../events.js';
import { silentLogger } from '../logger.js';
import type { RelayServer } from '../relay-server.js';
import { type StartRelayOptions, startRelay } from '../start-relay.js';
import { ControlChannel, type ControlChannelOptions } from './control-channel.js';

const ID = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';

let relay: RelayServer;
let registered: ListenerRegistered[];
let unregistered: ListenerUnregistered[];

async function start(options: StartRelayOptions = {}): Promise<void> {
  relay = await startRelay({ hybridConnections: ['sql'], ...options });
  registered = [];
  unregistered = [];
  relay.events.on('listener-registered', (event) => registered.push(event));
  relay.events.on('listener-unregistered', (event) => unregistered.push(event));
}

afterEach(async () => {
  await relay.close();
});

const listeners = () => relay.status().namespaces[0]!.hybridConnections[0]!.listeners;

/** Ends within the second that runs: with a grace of 1.1 s, one or two seconds are left. */
const aboutToExpire = () => tokenFor(relay, 'sql', { now: () => Date.now() - 3_600_000 });

describe('a listener that connects', () => {
  it('is registered, with its address and policy', async () => {
    await start();
    await Listener.start(relay, 'SQL', {
      id: ID,
      token: tokenFor(relay, 'sql', { policy: 'defaultListener' }),
    });
    expect(registered).toMatchObject([
      {
        operationName: 'NewListenerRegistered',
        namespace: 'localhost',
        hybridConnection: 'sql',
        trackingId: ID,
        policy: 'defaultListener',
        remoteAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      },
    ]);
    expect(listeners()).toMatchObject([{ trackingId: ID, policy: 'defaultListener', key: 'primary' }]);
  });

  it('gets a 101 with three headers', async () => {
    await start();
    const offer = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const peer = await RawPeer.connect(relay, handshakeText(listenUrl(relay, 'sql'), offer));
    await peer.statusLine();
    expect(peer.received.split('\r\n').sort()).toEqual(
      [
        '',
        '',
        'Connection: Upgrade',
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        expect.stringMatching(/^Sec-WebSocket-Accept: /),
      ].sort(),
    );
    peer.socket.destroy();
  });

  it('may carry its token in a header', async () => {
    await start();
    const url = `${relay.url}/$hc/sql?sb-hc-action=listen`;
    for (const name of ['ServiceBusAuthorization', 'Authorization']) {
      await open(url, { headers: { [name]: tokenFor(relay, 'sql') } });
    }
    expect(listeners()).toHaveLength(2);
  });

  it('is unregistered when it closes, and gets its own code back', async () => {
    await start();
    const listener = await Listener.start(relay, 'sql');
    listener.control.close(1000, 'Normal Closure');
    expect(await listener.closed).toMatchObject({ code: 1000 });
    expect(unregistered).toMatchObject([
      { operationName: 'ListenerUnregistered', closeCode: 1000, reason: 'Normal Closure' },
    ]);
    expect(listeners()).toEqual([]);
  });

  it('is unregistered when its connection is cut', async () => {
    await start();
    const listener = await Listener.start(relay, 'sql');
    const gone = once(relay.events, 'listener-unregistered');
    listener.control.terminate();
    await gone;
    expect(unregistered[0]).toMatchObject({ closeCode: 1006 });
  });
});

describe('a listener that comes back under its id', () => {
  it('takes its old place over at once', async () => {
    await start({ limits: { listenersPerHybridConnection: 1 } });
    const old = await Listener.start(relay, 'sql', { id: ID });
    const next = await Listener.start(relay, 'sql', { id: ID });
    const { code, reason } = await old.closed;
    expect(code).toBe(1001);
    expect(reason).toBe(`The listener has opened another control channel. TrackingId:${ID}`);
    expect(listeners()).toHaveLength(1);
    await roundTrip(await open(connectUrl(relay, 'sql')));
    expect(next.accepts).toHaveLength(1);
  });

  it('does not take over the place of another policy, which may have the same id by chance', async () => {
    await start();
    await Listener.start(relay, 'sql', { id: ID });
    await Listener.start(relay, 'sql', {
      id: ID,
      token: tokenFor(relay, 'sql', { policy: 'defaultListener' }),
    });
    expect(listeners()).toHaveLength(2);
  });

  it('may be several without an id', async () => {
    await start();
    await Listener.start(relay, 'sql');
    await Listener.start(relay, 'sql');
    expect(listeners()).toHaveLength(2);
  });

  it('leaves one channel, however many it opens at once', async () => {
    await start();
    const all = await Promise.all(Array.from({ length: 6 }, () => open(listenUrl(relay, 'sql', { id: ID }))));
    await expect.poll(() => all.filter(({ readyState }) => readyState === WebSocket.OPEN).length).toBe(1);
    expect(listeners()).toHaveLength(1);
  });
});

describe('the token of a listener', () => {
  it('ends the channel, a grace after it is over', async () => {
    await start({ timeouts: { tokenGraceMs: 1_100 } });
    const listener = await Listener.start(relay, 'sql', { token: aboutToExpire() });
    const { code, reason } = await listener.closed;
    expect(code).toBe(1008);
    expect(reason).toMatch(/^ExpiredToken: .* TrackingId:/);
    expect(unregistered).toMatchObject([
      { operationName: 'ListenerClosingFromExpiredToken', closeCode: 1008 },
    ]);
  });

  it('leaves joined connections alone when it is over', async () => {
    await start({ timeouts: { tokenGraceMs: 1_100 } });
    const listener = await Listener.start(relay, 'sql', { token: aboutToExpire() });
    const tunnel = await open(connectUrl(relay, 'sql'));
    await roundTrip(tunnel);
    await listener.closed;
    await roundTrip(tunnel);
  });

  it('can be renewed, for the same hybrid connection and the right to listen', async () => {
    await start({ timeouts: { tokenGraceMs: 1_100 } });
    const listener = await Listener.start(relay, 'sql', { token: aboutToExpire() });
    const renewal = tokenFor(relay, 'sql', { policy: 'defaultListener' });
    listener.control.send(JSON.stringify({ renewToken: { token: renewal } }));
    await expect.poll(() => listeners()[0]?.policy).toBe('defaultListener');
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    expect(listener.control.readyState).toBe(WebSocket.OPEN);
  });

  it.each([
    ['a token that cannot listen', () => tokenFor(relay, 'sql', { policy: 'defaultSender' }), 'Forbidden'],
    ['a wrong key', () => tokenFor(relay, 'sql', { key: 'wrong' }), 'InvalidSignature'],
    [
      'an expired token',
      () => tokenFor(relay, 'sql', { now: () => Date.now() - 5 * 3_600_000 }),
      'ExpiredToken',
    ],
    [
      'a token for elsewhere',
      () => tokenFor(relay, 'sql', { resource: 'http://a.example/' }),
      'InvalidAudience',
    ],
  ])('cannot be renewed with %s', async (_, token, word) => {
    await start();
    const listener = await Listener.start(relay, 'sql');
    listener.control.send(JSON.stringify({ renewToken: { token: token() } }));
    const { code, reason } = await listener.closed;
    expect(code).toBe(1008);
    expect(reason).toContain(word);
    expect(reason).toMatch(/ TrackingId:[0-9a-f-]{36}$/);
  });
});

describe('a relay that recycles its listeners', () => {
  it('closes each after the time, with the word that logs are searched for', async () => {
    await start({ timeouts: { recycleMs: 50 } });
    const { code, reason } = await (await Listener.start(relay, 'sql')).closed;
    expect(code).toBe(1011);
    expect(reason).toMatch(/^NameRenewalFailed\. TrackingId:/);
    expect(unregistered).toMatchObject([{ closeCode: 1011, operationName: 'ListenerUnregistered' }]);
  });

  it('still joins the senders that it had told it of', async () => {
    await start({ timeouts: { recycleMs: 150 } });
    const listener = await Listener.start(relay, 'sql', { onAccept: () => undefined });
    const sender = open(connectUrl(relay, 'sql'));
    const accept = await listener.nextAccept();
    await listener.closed;
    await listener.echo(accept);
    await roundTrip(await sender);
  });
});

describe('a listener on a line that may be dead', () => {
  // The listener is in this process, and answers late when that is held up.
  const quick = { timeouts: { pingIntervalMs: 40, pongMs: 400 } };

  it('is pinged, and stays when it answers', async () => {
    await start(quick);
    const listener = await Listener.start(relay, 'sql');
    for (let i = 0; i < 4; i += 1) await once(listener.control, 'ping');
    expect(listener.control.readyState).toBe(WebSocket.OPEN);
    const { connectedAt, lastSeenAt } = listeners()[0]!;
    expect(lastSeenAt.getTime()).toBeGreaterThan(connectedAt.getTime());
  });

  it('is cut when it does not', async () => {
    await start(quick);
    const gone = once(relay.events, 'listener-unregistered');
    const peer = await RawPeer.connect(relay, handshakeText(listenUrl(relay, 'sql')));
    await gone;
    await peer.ended;
    expect(unregistered).toMatchObject([{ closeCode: 1006, reason: 'The listener did not answer a ping' }]);
  });

  it('stays when it pings instead of answering', async () => {
    await start(quick);
    const peer = await RawPeer.connect(relay, handshakeText(listenUrl(relay, 'sql')));
    const timer = setInterval(() => peer.socket.write(Buffer.from('898000000000', 'hex')), 20);
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(unregistered).toEqual([]);
    clearInterval(timer);
    peer.socket.destroy();
  });

  it('gets its pings answered, with what was in them', async () => {
    await start();
    const listener = await Listener.start(relay, 'sql');
    listener.control.ping('are you there');
    const [data] = await once(listener.control, 'pong');
    expect(String(data)).toBe('are you there');
  });
});

describe('a control channel', () => {
  const namespace = new Namespace('relay.example', [], new Map());
  const details = {
    name: 'sql',
    endpoint: undefined,
    requiresClientAuthorization: true,
    authorizationRules: new Map(),
  };
  const onEnd = vi.fn<ControlChannelOptions['onEnd']>();
  const authorize = vi.fn<ControlChannelOptions['authorize']>();
  const socket = {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    on: vi.fn(),
    close: vi.fn(),
    terminate: vi.fn(),
  };
  const offer = {
    id: ID,
    rawPath: '/sql/a',
    appQuery: '?x=1',
    secret: 'secret',
    connectHeaders: { Host: 'relay.example' },
    remoteEndpoint: { address: '127.0.0.1', port: 1 },
  };
  const channel = () =>
    new ControlChannel({
      hybridConnection: new HybridConnection(namespace, details),
      clientId: undefined,
      trackingId: ID,
      base: 'wss://relay.example:443',
      remoteAddress: '',
      grant: {
        type: 'policy',
        rule: { name: 'r', rights: [], primaryKey: '', secondaryKey: '' },
        key: 'primary',
        expiresAt: new Date(1e13),
      },
      authorize,
      rules: {
        ...{ graceMs: 0, recycleMs: 0, silentBeats: 1 },
        ...{ messageBytes: 65_536, bodyBytes: 65_536, backlogBytes: 1000 },
      },
      onResponse: () => undefined,
      logger: silentLogger,
      now: Date.now,
      onEnd,
    });
  const openSocket = socket as unknown as WebSocket;
  /** The one message that was written to a connection, in a frame of less than 64 KiB. */
  const messageOn = (connection: PassThrough): unknown => {
    const frame = connection.read() as Buffer;
    expect(frame.subarray(0, 2)).toEqual(Buffer.from([0x81, 126]));
    expect(frame).toHaveLength(4 + frame.readUInt16BE(2));
    return JSON.parse(String(frame.subarray(4)));
  };
  const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  beforeEach(async () => {
    await start();
    vi.clearAllMocks();
    socket.bufferedAmount = 0;
  });

  it('tells its listener of an offer, in one message', async () => {
    const one = channel();
    const connection = new PassThrough();
    one.open(openSocket, connection);
    expect(await one.offer(offer)).toEqual({ type: 'sent', listenerId: one.id });
    await turn();
    expect(messageOn(connection)).toEqual({
      accept: {
        address: `wss://relay.example:443/$hc/sql/a?x=1&sb-hc-action=accept&sb-hc-id=${ID}&sb-hc-rv=secret`,
        id: ID,
        connectHeaders: { Host: 'relay.example' },
        remoteEndpoint: { address: '127.0.0.1', port: 1 },
      },
    });
  });

  it('makes an offer wait until its handshake is answered', async () => {
    const one = channel();
    const replied = vi.fn();
    const reply = Promise.resolve(one.offer(offer));
    void reply.then(replied);
    await turn();
    expect(replied).not.toHaveBeenCalled();
    const connection = new PassThrough();
    one.open(openSocket, connection);
    expect(await reply).toMatchObject({ type: 'sent' });
    await turn();
    expect(messageOn(connection)).toMatchObject({ accept: { id: ID } });
  });

  it('sends an offer elsewhere when its handshake failed', async () => {
    const one = channel();
    const reply = one.offer(offer);
    one.cut('The handshake failed');
    expect(await reply).toEqual({ type: 'gone' });
  });

  it('does not make a message that listeners cannot read', async () => {
    const one = channel();
    const connection = new PassThrough();
    one.open(openSocket, connection);
    const connectHeaders = { 'X-Long': '"'.repeat(33_000) };
    expect(await one.offer({ ...offer, connectHeaders })).toEqual({ type: 'too-large' });
    await turn();
    expect(connection.read()).toBeNull();
  });

  it('is cut when its listener leaves too much unread', async () => {
    const one = channel();
    one.open(openSocket, new PassThrough());
    socket.bufferedAmount = 1001;
    expect(await one.offer(offer)).toEqual({ type: 'gone' });
    expect(socket.terminate).toHaveBeenCalledOnce();
    expect(onEnd).toHaveBeenCalledOnce();
    one.close(1001, 'again');
    expect(onEnd).toHaveBeenCalledOnce();
  });
});
