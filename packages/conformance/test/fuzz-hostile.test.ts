/**
 * Peers that send anything, while a tunnel beside them works as if there were none.
 * @properties 3
 */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HybridConnectionListener } from '@hybridge/listener';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { audienceOf, createToken, parseConnectionString } from '@hybridge/sas';
import { connect } from '@hybridge/sender';
import type { HybridConnectionSocket } from '@hybridge/socket';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until, within } from '../src/deadline.js';
import { edited, edits, frame, manner } from '../src/fuzz/hostile.js';
import { reset } from '../src/fuzz/reset.js';

const ROUND_TRIP_MS = 3_000;
/** What a run may leave behind in the heap, on average, before it counts as a leak. */
const MAX_LEFT_BYTES = 64 * 1024 * 1024;

let relay: RelayServer;
let listener: HybridConnectionListener;
let bystander: HybridConnectionSocket;
let count = 0;
const uncaught: unknown[] = [];
const note = (error: unknown) => uncaught.push(error);

beforeAll(async () => {
  process.on('uncaughtException', note).on('unhandledRejection', note);
  const limits = { listensPerSecond: 1_000_000, listensPerSecondPerAddress: 1_000_000 };
  const timeouts = { handshakeMs: 300, acceptMs: 300 };
  relay = await startRelay({ hybridConnections: ['fuzz'], limits, timeouts });
  listener = new HybridConnectionListener({
    connectionString: relay.connectionString('fuzz', 'defaultListener'),
    allowHalfOpen: true,
  });
  listener.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  await listener.listen();
  bystander = connect({
    connectionString: relay.connectionString('fuzz', 'defaultSender'),
    allowHalfOpen: true,
  });
  await roundTrip();
});

afterAll(async () => {
  bystander?.destroy();
  await listener?.close({ graceMs: 0 });
  await relay?.close({ graceMs: 0 });
  process.off('uncaughtException', note).off('unhandledRejection', note);
});

/** The tunnel beside still works. */
async function roundTrip(): Promise<void> {
  count += 1;
  const text = `round ${count}`;
  bystander.write(text);
  let back = '';
  while (back.length < text.length) {
    const [bytes] = await within(once(bystander, 'data'), ROUND_TRIP_MS, 'the echo of the bystander');
    back += String(bytes);
  }
  expect(back).toBe(text);
}

function handshake(action: 'listen' | 'connect'): string {
  const policy = action === 'listen' ? 'defaultListener' : 'defaultSender';
  const { endpoint, entityPath, sharedAccessKeyName, sharedAccessKey } = parseConnectionString(
    relay.connectionString('fuzz', policy),
  );
  const token = createToken({
    resource: audienceOf(endpoint, entityPath),
    keyName: sharedAccessKeyName!,
    key: sharedAccessKey!,
  });
  return [
    `GET /$hc/fuzz?sb-hc-action=${action}&sb-hc-id=x&sb-hc-token=${encodeURIComponent(token)} HTTP/1.1`,
    ...[`Host: ${endpoint.host}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    ...['Sec-WebSocket-Key: c2FtcGxlLWtleS0wMTIzNA==', '', ''],
  ].join('\r\n');
}

interface Peer {
  readonly socket: net.Socket;
  readonly closed: Promise<unknown>;
  received: string;
}

async function peer(): Promise<Peer> {
  const { hostname, port } = new URL(relay.url);
  const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
  const self: Peer = {
    socket,
    received: '',
    closed: new Promise((resolve) => socket.once('close', resolve)),
  };
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    if (self.received.length < 20_000) self.received += bytes.toString('latin1');
  });
  socket.on('end', () => socket.end());
  await once(socket, 'connect');
  return self;
}

async function send({ socket }: Peer, bytes: Buffer, pieces: readonly number[]): Promise<void> {
  let at = 0;
  for (const size of pieces) {
    if (at >= bytes.length) break;
    socket.write(bytes.subarray(at, at + size));
    at += size;
    await new Promise(setImmediate);
  }
  socket.write(bytes.subarray(at));
}

/** The connection is over soon, whatever it was; for those that may stay, this end goes. */
async function leave({ socket, closed }: Peer, last: 'end' | 'reset' | 'wait'): Promise<void> {
  if (last === 'wait') await sleep(5);
  if (last === 'reset') reset(socket);
  else socket.end();
  const gone = await Promise.race([closed.then(() => true), sleep(400, false)]);
  if (!gone) socket.destroy();
  await closed;
}

async function unharmed(): Promise<void> {
  await roundTrip();
  expect(uncaught).toEqual([]);
}

async function nothingLeft(before: number): Promise<void> {
  const bystanderOnly = () => {
    const [{ connections, hybridConnections } = {}] = relay.status().namespaces;
    return connections === 1 && hybridConnections?.[0]?.listeners.length === 1;
  };
  await until(bystanderOnly, 20_000, 'only the bystander and its listener to be left');
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(MAX_LEFT_BYTES);
}

describe('a relay among hostile peers', () => {
  it('answers any handshake or drops it, and no other connection notices', async () => {
    const before = process.memoryUsage().heapUsed;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('connect', 'listen'),
        edits,
        manner,
        async (action, changes, { pieces, last }) => {
          const hostile = await peer();
          await send(hostile, Buffer.from(edited(handshake(action), changes), 'latin1'), pieces);
          await unharmed();
          await leave(hostile, last);
          // What it answers first is one line of HTTP, and never what the peer made up.
          expect(hostile.received).toMatch(/^$|^HTTP\/1\.1 [1-5]\d\d [\x20-\x7e]*\r\n/);
        },
      ),
    );
    await nothingLeft(before);
  });

  it.each(['connect', 'listen'] as const)(
    'survives any frames after a good handshake to %s',
    async (action) => {
      const before = process.memoryUsage().heapUsed;
      await fc.assert(
        fc.asyncProperty(
          fc.array(frame, { minLength: 1, maxLength: 8 }),
          manner,
          async (frames, { pieces, last }) => {
            const hostile = await peer();
            hostile.socket.write(handshake(action));
            while (!hostile.received.includes('\r\n\r\n')) await once(hostile.socket, 'data');
            expect(hostile.received).toMatch(/^HTTP\/1\.1 101 /);
            await send(hostile, Buffer.concat(frames), pieces);
            await unharmed();
            await leave(hostile, last);
          },
        ),
      );
      await nothingLeft(before);
    },
  );
});
