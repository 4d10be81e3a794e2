/**
 * Bodies of 100 MB, both ways, with a slow end: what the relay holds of them stays small.
 *
 * Sender, relay and listener share this process, so the bodies are made and counted, never kept.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { handshakeText, RawPeer } from '../../test/clients.js';
import { begin, HttpListener, head, type Received } from '../../test/http-clients.js';
import type { RelayServer } from '../relay-server.js';
import { startRelay } from '../start-relay.js';

const SIZE = 100_000_000;
const PIECE = Buffer.alloc(100_000, 'x');

let relay: RelayServer;
beforeEach(async () => {
  relay = await startRelay({ hybridConnections: ['web'] });
});
afterEach(() => relay.close({ graceMs: 0 }));

/** Collects garbage now: without it, what is measured is how late this version of Node collects the test's own chunks. */
const collectGarbage = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

/** The most that was held at once beyond what there was before, in bytes. */
function growth(): () => number {
  const held = () => {
    collectGarbage();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return arrayBuffers + heapUsed;
  };
  const before = held();
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, held() - before);
  }, 25);
  return () => {
    clearInterval(timer);
    return most;
  };
}

/** One message of this size, as fast as the socket takes it. */
async function sendMessage(channel: WebSocket, size: number): Promise<void> {
  for (let left = size; left > 0; left -= PIECE.length) {
    await new Promise((sent) => channel.send(PIECE, { binary: true, fin: left <= PIECE.length }, sent));
  }
}

/** Reads a rendezvous as bytes; gives the number of payload bytes, more or less: headers are counted, too. */
async function readRaw(address: string, atLeast: number, pause: () => Promise<void>): Promise<RawPeer> {
  const peer = await RawPeer.connect(relay, handshakeText(address));
  peer.socket.removeAllListeners('data');
  let bytes = 0;
  await new Promise<void>((resolve) => {
    peer.socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes >= atLeast) resolve();
      peer.socket.pause();
      void pause().then(() => peer.socket.resume());
    });
  });
  return peer;
}

const MEMORY_LIMIT = 24_000_000;

describe('100 MB', () => {
  it('down, to a sender that is slow at first, leave the relay small', { timeout: 60_000 }, async () => {
    await HttpListener.start(relay, 'web', async (received: Received, listener) => {
      const channel = await listener.dial(received.request.address);
      channel.send(head(received, { body: true }));
      await sendMessage(channel, SIZE);
    });
    const request = begin(relay, 'web');
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const grown = growth();
    await new Promise((resolve) => setTimeout(resolve, 300));
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(SIZE);
    expect(grown()).toBeLessThan(MEMORY_LIMIT);
  });

  it('up, to a listener that is slow at first, leave the relay small', { timeout: 60_000 }, async () => {
    const listener = await HttpListener.start(relay, 'web', () => undefined, { fetches: false });
    const request = begin(relay, 'web', { method: 'POST', headers: { 'Content-Length': SIZE } });
    request.flushHeaders();
    await expect.poll(() => listener.pointers).toHaveLength(1);
    const grown = growth();
    let first = true;
    const read = readRaw(listener.pointers[0]!, SIZE, async () => {
      if (first) await new Promise((resolve) => setTimeout(resolve, 300));
      first = false;
    });
    for (let left = SIZE; left > 0; left -= PIECE.length) {
      if (!request.write(PIECE)) await once(request, 'drain');
    }
    const peer = await read;
    expect(grown()).toBeLessThan(MEMORY_LIMIT);
    peer.socket.destroy();
    request.on('error', () => undefined).destroy();
  });

  it('in one message of a single frame come through as they are', { timeout: 60_000 }, async () => {
    const body = Buffer.alloc(SIZE);
    for (let i = 0; i < SIZE; i += 4096) body.writeUInt32LE(i, i);
    await HttpListener.start(relay, 'web', async (received: Received, listener) => {
      const channel = await listener.dial(received.request.address);
      channel.send(head(received, { body: true }));
      channel.send(body);
    });
    const request = begin(relay, 'web');
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let at = 0;
    for await (const chunk of response) {
      const piece = chunk as Buffer;
      if (!piece.equals(body.subarray(at, at + piece.length))) throw new Error(`byte ${at} or later differs`);
      at += piece.length;
    }
    expect(at).toBe(SIZE);
  });
});

describe('a stream of events', () => {
  it('reaches the sender event by event', async () => {
    let channel: WebSocket | undefined;
    await HttpListener.start(relay, 'web', async (received, listener) => {
      channel = await listener.dial(received.request.address);
      channel.send(head(received, { body: true, responseHeaders: { 'Content-Type': 'text/event-stream' } }));
    });
    const request = begin(relay, 'web');
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      const next = once(response, 'data');
      channel!.send(event, { binary: true, fin: false });
      expect(String((await next)[0])).toBe(event);
    }
    const end = once(response.resume(), 'end');
    channel!.close(1000);
    await end;
    expect(response.complete).toBe(true);
  });
});
