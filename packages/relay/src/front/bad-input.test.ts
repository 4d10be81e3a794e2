/**
 * What must not disturb anybody: each kind of bad input gets its answer, and a listener and a tunnel that were there
 * before go on as if nothing had been.
 *
 * Bad frames on a joined connection are tested with the bridge.
 */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import {
  connectUrl,
  handshakeText,
  Listener,
  listenUrl,
  open,
  RawPeer,
  roundTrip,
} from '../../test/clients.js';
import type { RelayServer } from '../relay-server.js';
import { type StartRelayOptions, startRelay } from '../start-relay.js';

let relay: RelayServer;
let listener: Listener;
let tunnel: WebSocket;

async function start(options: StartRelayOptions = {}): Promise<void> {
  relay = await startRelay({ hybridConnections: ['sql'], ...options });
  listener = await Listener.start(relay, 'sql');
  tunnel = await open(connectUrl(relay, 'sql'));
  await roundTrip(tunnel);
}

beforeEach(() => start());

afterEach(async () => {
  await roundTrip(tunnel);
  expect(listener.control.readyState).toBe(listener.control.OPEN);
  const next = await open(connectUrl(relay, 'sql'));
  await roundTrip(next);
  expect(relay.status().namespaces[0]?.hybridConnections[0]?.listeners).toHaveLength(1);
  await relay.close();
});

async function again(options: StartRelayOptions): Promise<void> {
  await relay.close();
  await start(options);
}

describe('on the port of the data plane', () => {
  it.each([
    ['garbage', 'garbage\r\n\r\n'],
    ['random bytes', Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 149 + 7) & 0xff))],
    ['a TLS hello', Buffer.from('16030100a5010000a10303', 'hex')],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a bare line', '\0\0\0\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost localhost\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
    ['the request of a proxy', 'CONNECT db:1433 HTTP/1.1\r\nHost: db:1433\r\n\r\n'],
  ])('%s gets 400 and the connection closed', async (_, bytes) => {
    const peer = await RawPeer.connect(relay, bytes);
    expect(await peer.statusLine()).toMatch(/^HTTP\/1\.1 400 Bad request: .* TrackingId:/);
    peer.socket.end();
    await peer.ended;
  });

  it('garbage that goes on gets its answer, and is not listened to for long', async () => {
    const peer = await RawPeer.connect(relay, 'garbage\r\n\r\n');
    const timer = setInterval(() => peer.socket.write('more '.repeat(1000)), 20);
    const received = await peer.ended;
    clearInterval(timer);
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('garbage followed at once by an end gets its answer too', async () => {
    const peer = await RawPeer.connect(relay);
    peer.socket.end('garbage\r\n\r\n');
    expect(await peer.ended).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each(['GET /$hc/sql', 'POST /$hc', 'PUT /$hc/sql?x'])('plain HTTP (%s) gets 426', async (line) => {
    const peer = await RawPeer.connect(relay, `${line} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
    expect(await peer.statusLine()).toMatch(/^HTTP\/1\.1 426 .* TrackingId:/);
    await peer.ended;
  });

  it('headers that never end get 408', async () => {
    await again({ timeouts: { handshakeMs: 200 } });
    const peer = await RawPeer.connect(relay, 'GET /$hc/sql HTTP/1.1\r\n');
    const timer = setInterval(() => peer.socket.write('X-More: 1\r\n'), 20);
    expect(await peer.statusLine()).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(timer);
    await peer.ended;
  });

  it('silence gets 408, when the time of a rendezvous address is over', async () => {
    await again({ timeouts: { handshakeMs: 50, acceptMs: 400 } });
    const start = performance.now();
    const peer = await RawPeer.connect(relay);
    expect(await peer.ended).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - start).toBeGreaterThan(390);
  });

  it('silence is borne until then: listeners dial before they have decided', async () => {
    await again({ timeouts: { handshakeMs: 50 } });
    const peer = await RawPeer.connect(relay);
    await new Promise((resolve) => setTimeout(resolve, 250));
    peer.socket.write(handshakeText(connectUrl(relay, 'sql')));
    expect(await peer.statusLine()).toContain(' 101 ');
    peer.socket.destroy();
    await peer.ended;
  });

  it('silence is not borne when there is little room left', async () => {
    await again({ timeouts: { handshakeMs: 200 }, limits: { handshakes: 6 } });
    const peers = await Promise.all(Array.from({ length: 4 }, () => RawPeer.connect(relay)));
    const answers = await Promise.all(peers.slice(0, 1).map((peer) => peer.ended));
    expect(answers[0]).toMatch(/^HTTP\/1\.1 408 /);
    for (const peer of peers) peer.socket.destroy();
  });

  it('headers above 32 KiB get 431', async () => {
    const peer = await RawPeer.connect(
      relay,
      `GET /$hc/sql HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(33_000)}`,
    );
    expect(await peer.statusLine()).toMatch(/^HTTP\/1\.1 431 /);
    await peer.ended;
  });

  it.each([
    ['no key', { 'Sec-WebSocket-Key': '' }],
    ['an old version', { 'Sec-WebSocket-Version': '8' }],
    ['another protocol', { Upgrade: 'h2c' }],
    ['no sensible host', { Host: 'a b' }],
    ['a list of subprotocols that is none', { 'Sec-WebSocket-Protocol': 'a,,b' }],
  ])('a handshake with %s gets 400', async (_, headers) => {
    const peer = await RawPeer.connect(relay, handshakeText(connectUrl(relay, 'sql'), headers));
    expect(await peer.statusLine()).toMatch(/^HTTP\/1\.1 400 Bad request: the /);
    await peer.ended;
  });

  it.each([
    '/$hc/%',
    '/$hc/%00',
    '/$hc/a%0d%0aX-Bad:%201',
    '/$hc/../admin',
    '/$hc/a/%2e%2e/b',
    '//',
    '/$hc//////',
  ])('the path %s gets 400 or 404, on one line', async (path) => {
    const text = handshakeText(relay.url).replace('GET / ', `GET ${path} `);
    const peer = await RawPeer.connect(relay, text);
    expect(await peer.statusLine()).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(await peer.ended).not.toContain('X-Bad: 1\r\n');
  });

  it('a thousand half-open handshakes keep nobody out, and are gone in time', {
    timeout: 60_000,
  }, async () => {
    await again({ timeouts: { handshakeMs: 3_000 } });
    const peers = await Promise.all(
      Array.from({ length: 1_000 }, () => RawPeer.connect(relay, 'GET /$hc/sql HTTP/1.1\r\nHost: a\r\n')),
    );
    await roundTrip(tunnel);
    await roundTrip(await open(connectUrl(relay, 'sql')));
    expect(peers.some(({ socket }) => !socket.closed)).toBe(true);
    const answers = await Promise.all(peers.map((peer) => peer.ended));
    expect(answers.every((answer) => answer.startsWith('HTTP/1.1 408 '))).toBe(true);
  });

  it('of too many half-open handshakes the oldest goes first', async () => {
    await again({ limits: { handshakes: 50 } });
    const peers = [];
    for (let i = 0; i < 60; i += 1) peers.push(await RawPeer.connect(relay, 'GET / HTTP/1.1\r\n'));
    await Promise.all(peers.slice(0, 10).map((peer) => peer.ended));
    await roundTrip(await open(connectUrl(relay, 'sql')));
    // That one was a handshake itself, and so the eleventh had to go.
    await peers[10]!.ended;
    expect(peers.slice(11).every((peer) => !peer.socket.destroyed)).toBe(true);
    for (const peer of peers) peer.socket.destroy();
  });

  it('connections that are cut in the middle of a handshake leave nothing behind', async () => {
    for (const cut of [1, 20, 60, 120]) {
      const peer = await RawPeer.connect(relay, handshakeText(connectUrl(relay, 'sql')).slice(0, cut));
      peer.socket.resetAndDestroy();
      await peer.ended;
    }
    expect(relay.status().namespaces[0]).toMatchObject({ pending: 0, connections: 1 });
  });
});

describe('among joined connections', () => {
  it('a storm of senders that reset, at any moment, leaves nothing behind', { timeout: 60_000 }, async () => {
    const url = handshakeText(connectUrl(relay, 'sql'));
    const storm = async (patienceMs: number): Promise<void> => {
      const peer = await RawPeer.connect(relay, url);
      await new Promise((resolve) => setTimeout(resolve, patienceMs));
      peer.socket.resetAndDestroy();
      await peer.ended;
    };
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 30 }, (_, i) => storm(i)));
    }
    await expect.poll(() => relay.status().namespaces[0]).toMatchObject({ pending: 0, connections: 1 });
  });
});

describe('on a control channel', () => {
  /** A second listener, which says something and is told why it has to go. */
  async function answerTo(message: string | Buffer) {
    const bad = await Listener.start(relay, 'sql', { onAccept: () => undefined });
    bad.control.send(message);
    return bad.closed;
  }

  it.each([
    ['not JSON', 'hello', 1002],
    ['a number', '1', 1002],
    ['null', 'null', 1002],
    ['an array', '[]', 1002],
    ['nothing', '', 1002],
    ['an empty object', '{}', 1002],
    ['two messages in one', '{"renewToken":{"token":"x"},"response":{}}', 1002],
    ['a renewal without a token', '{"renewToken":{}}', 1002],
    ['a renewal whose token is a number', '{"renewToken":{"token":1}}', 1002],
    ['a response of the wrong shape', '{"response":{"requestId":7}}', 1002],
    ['deep nesting', '['.repeat(30_000), 1002],
    [
      'a renewal with a bad token',
      '{"renewToken":{"token":"com.microsoft.azure.relay.SecurityToken@1a2b3c"}}',
      1008,
    ],
    ['a text above 64 KiB', JSON.stringify({ renewToken: { token: 'x'.repeat(66_000) } }), 1009],
    ['a body above 64 KiB', Buffer.alloc(66_000), 1009],
    ['a body out of the blue', Buffer.from('body'), 1002],
  ])('%s is answered with a Close frame that says why', async (_, message, code) => {
    const closed = await answerTo(message);
    expect(closed.code).toBe(code);
    expect(closed.reason).toMatch(/^[\x20-\x7e]+ TrackingId:[0-9a-f-]{36}$/);
    expect(Buffer.byteLength(closed.reason)).toBeLessThanOrEqual(123);
  });

  it('messages of kinds that are not known are passed over', async () => {
    const newer = await Listener.start(relay, 'sql', { onAccept: () => undefined });
    for (const message of [
      '{"drain":{}}',
      '{"injectFault":{"delay":"1"}}',
      '{"x":1}',
      '{"__proto__":null}',
    ]) {
      newer.control.send(message);
    }
    newer.control.ping();
    await once(newer.control, 'pong');
    newer.control.close();
    await newer.closed;
  });

  it('a message that never ends is answered with 1009', async () => {
    expect(await answerTo('x'.repeat(200_000))).toMatchObject({ code: 1009 });
  });

  it('text that is not UTF-8 is answered with 1007', async () => {
    const bad = await Listener.start(relay, 'sql', { onAccept: () => undefined });
    bad.control.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await bad.closed).toMatchObject({ code: 1007 });
  });

  it.each([
    ['not masked', Buffer.from('810568656c6c6f', 'hex')],
    ['with a reserved bit', Buffer.from('c18000000000', 'hex')],
    ['with a reserved opcode', Buffer.from('838000000000', 'hex')],
    ['longer than 2^53', Buffer.from('82ffffffffffffffffff00000000', 'hex')],
    ['a ping that is too long', Buffer.from('89fe007e00000000', 'hex')],
  ])('a frame %s is answered with a Close frame', async (_, frame) => {
    const peer = await RawPeer.connect(relay, handshakeText(listenUrl(relay, 'sql')));
    expect(await peer.statusLine()).toContain(' 101 ');
    peer.received = '';
    peer.socket.write(frame);
    await once(peer.socket, 'data');
    expect(peer.received.charCodeAt(0)).toBe(0x88);
    peer.socket.destroy();
    await peer.ended;
  });

  it('a listener that reads nothing, but pings, is cut before it takes memory', async () => {
    await again({ limits: { controlBacklogBytes: 65_536 } });
    const gone = once(relay.events, 'listener-unregistered');
    const peer = await RawPeer.connect(relay, handshakeText(listenUrl(relay, 'sql')));
    await peer.statusLine();
    peer.socket.pause();
    // A ping with 125 bytes, masked with zeros; each is answered with 127 bytes.
    const ping = Buffer.concat([Buffer.from('89fd00000000', 'hex'), Buffer.alloc(125)]);
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => ping));
    const flood = setInterval(() => {
      if (peer.socket.writableLength < 1_000_000) for (let i = 0; i < 10; i += 1) peer.socket.write(pings);
    }, 1);
    const [event] = await gone;
    clearInterval(flood);
    expect(event.reason).toContain('does not read');
    peer.socket.destroy();
    await peer.ended;
  });

  it('a flood of pings that are read does no harm', async () => {
    const second = await Listener.start(relay, 'sql', { onAccept: () => undefined });
    for (let i = 0; i < 5_000; i += 1) second.control.ping();
    await once(second.control, 'pong');
    await roundTrip(tunnel);
    second.control.close();
    await second.closed;
  });
});
