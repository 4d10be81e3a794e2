/**
 * HTTP that means harm, or that means two things at once: each kind gets its answer, and the listener never hears of it.
 *
 * What is no HTTP at all is tested with the rest of the bad input.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawPeer } from '../../test/clients.js';
import { ask, HttpListener, head, respond } from '../../test/http-clients.js';
import type { RelayServer } from '../relay-server.js';
import { startRelay } from '../start-relay.js';

let relay: RelayServer;
let listener: HttpListener;
let host: string;

beforeEach(async () => {
  relay = await startRelay({ hybridConnections: [{ name: 'web', requiresClientAuthorization: false }] });
  listener = await HttpListener.start(relay, 'web', (received) => respond(received, received.body));
  host = new URL(relay.url).host;
});

afterEach(async () => {
  expect(await ask(relay, 'web', { method: 'POST', body: 'still here' })).toMatchObject({ status: 200 });
  expect(relay.status().namespaces[0]).toMatchObject({ requests: 0 });
  await relay.close({ graceMs: 0 });
});

/** The statuses that a peer is answered with, in order. */
async function statuses(text: string): Promise<number[]> {
  const peer = await RawPeer.connect(relay, text);
  setTimeout(() => peer.socket.end(), 300);
  return [...(await peer.ended).matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}

describe('a request that can be read in two ways', () => {
  it.each([
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunks and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
    ['a list of lengths', 'Content-Length: 5, 6\r\n\r\nhello!'],
    ['a negative length', 'Content-Length: -1\r\n\r\nhello'],
    ['a length with a sign', 'Content-Length: +5\r\n\r\nhello'],
    ['chunks that are not the last coding', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['an unknown coding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['a space before the colon', 'Content-Length : 5\r\n\r\nhello'],
    ['a folded line', 'X-A: 1\r\n Content-Length: 5\r\n\r\nhello'],
    ['a lone line feed', 'X-A: 1\nContent-Length: 5\r\n\r\nhello'],
    ['a lone carriage return', 'X-A: 1\rContent-Length: 5\r\n\r\nhello'],
    ['a zero in a header', 'X-A: 1\0\r\n\r\n'],
    ['two hosts', 'Host: other.example\r\n\r\n'],
  ])('by %s is refused', async (_, rest) => {
    expect(await statuses(`POST /web HTTP/1.1\r\nHost: ${host}\r\n${rest}`)).toEqual([400]);
    expect(listener.received).toEqual([]);
  });

  it('because it has no host is refused', async () => {
    expect(await statuses('GET /web HTTP/1.1\r\n\r\n')).toEqual([400]);
  });
});

describe('a body that breaks off in the wrong way', () => {
  const chunked = () => `POST /web HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n`;

  it.each([
    ['a length of a chunk that is none', 'zz\r\nhello\r\n0\r\n\r\n'],
    ['a length beyond all numbers', 'fffffffffffffffff\r\nhello'],
    ['a chunk longer than it says', '1\r\nhello\r\n0\r\n\r\n'],
    ['a chunk that ends with a lone line feed', '5\r\nhello\n0\r\n\r\n'],
  ])('with %s is refused', async (_, body) => {
    expect(await statuses(chunked() + body)).toEqual([400]);
    expect(listener.received).toEqual([]);
  });

  it('is refused also when the listener has come for it, and has its beginning', async () => {
    const peer = await RawPeer.connect(relay, `${chunked()}5\r\nhello\r\n`);
    await expect.poll(() => listener.pointers).toHaveLength(1);
    peer.socket.write('zz\r\n');
    expect(await peer.statusLine()).toMatch(/^HTTP\/1\.1 400 /);
    await expect.poll(() => relay.status().namespaces[0]?.requests).toBe(0);
    expect(listener.received).toEqual([]);
    peer.socket.destroy();
  });

  it('never gets a refusal into the middle of an answer', async () => {
    await listener.control.close();
    await listener.closed;
    listener = await HttpListener.start(relay, 'web', () => undefined, { fetches: false });
    const peer = await RawPeer.connect(relay, `${chunked()}5\r\nhello\r\n`);
    await expect.poll(() => listener.pointers).toHaveLength(1);
    const channel = await listener.dial(listener.pointers[0]!);
    const [text] = await new Promise<[Buffer]>((resolve) =>
      channel.once('message', (data: Buffer) => resolve([data])),
    );
    const { request } = JSON.parse(String(text));
    channel.send(head({ request, body: Buffer.alloc(0), channel }, { body: true }));
    channel.send(Buffer.from('half'), { fin: false });
    await expect.poll(() => peer.received).toContain('half');
    peer.socket.write('zz\r\n');
    const received = await peer.ended;
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(received).not.toMatch(/0\r\n\r\n$/);
    // What follows needs a listener that answers.
    listener.control.close();
    await listener.closed;
    listener = await HttpListener.start(relay, 'web', (received) => respond(received, received.body));
  });
});

describe('what only looks like a request to a listener', () => {
  it.each([
    ['CONNECT', () => `CONNECT web:443 HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400],
    [
      'an upgrade to WebSocket on a plain path',
      () =>
        `GET /web HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2FtcGxlLWtleS0wMTIzNA==\r\n\r\n`,
      404,
    ],
    [
      'an upgrade to HTTP/2',
      () =>
        `GET /web HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
      404,
    ],
    ['a plain request for a WebSocket address', () => `GET /$hc/web HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 426],
    ['OPTIONS *', () => `OPTIONS * HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 404],
    [
      'another expectation',
      () => `POST /web HTTP/1.1\r\nHost: ${host}\r\nExpect: tea\r\nContent-Length: 0\r\n\r\n`,
      417,
    ],
  ])('%s is refused', async (_, text, status) => {
    expect(await statuses(text())).toEqual([status]);
    expect(listener.received).toEqual([]);
  });
});

describe('a sender that sends on after it was refused', () => {
  it('reads its answer all the same', async () => {
    const size = 20_000_000;
    const answer = await ask(relay, 'nowhere', { method: 'POST', body: Buffer.alloc(size), token: false });
    expect(answer).toMatchObject({ status: 404, headers: { connection: 'close' } });
  });

  it('is cut when it does not stop', { timeout: 15_000 }, async () => {
    const peer = await RawPeer.connect(
      relay,
      `POST /nowhere HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100000000000\r\n\r\n`,
    );
    const timer = setInterval(() => peer.socket.write('more '.repeat(1_000)), 20);
    expect(await peer.ended).toMatch(/^HTTP\/1\.1 404 /);
    clearInterval(timer);
  });
});
