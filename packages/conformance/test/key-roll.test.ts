/**
 * Keys that are rolled while both ends are ours and traffic flows.
 *
 * Source: docs/protocol.md, sections 2.7 and 5.3.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { HybridConnectionListener, type HybridConnectionSocket } from '@hybridge/listener';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { connect } from '@hybridge/sender';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';

const CONNECTIONS = 100;
/** Between two messages of a connection: a hundred that go as fast as they can leave nothing for anybody else. */
const PACE_MS = 20;

let relay: RelayServer;
const listeners: HybridConnectionListener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((each) => each.close({ graceMs: 0 })));
  await relay.close({ graceMs: 0 });
});

const connectionString = (policy: string, key: 'primary' | 'secondary') =>
  relay.connectionString('sql', { policy, key });

async function listen(key: 'primary' | 'secondary'): Promise<HybridConnectionListener> {
  const listener = new HybridConnectionListener(connectionString('defaultListener', key));
  listeners.push(listener);
  listener.on('connection', (socket) => socket.on('error', () => undefined).pipe(socket));
  await listener.listen();
  return listener;
}

async function dial(text: string): Promise<HybridConnectionSocket> {
  const socket = connect(text);
  await once(socket, 'connect');
  return socket;
}

async function echo(socket: HybridConnectionSocket, text: string): Promise<void> {
  socket.write(text);
  let received = '';
  while (received.length < text.length) received += String((await once(socket, 'data'))[0]);
  expect(received).toBe(text);
}

describe('keys that are rolled while 100 connections carry data', () => {
  it('cut none of them, nor who came by another key, and open nothing any more', {
    timeout: 60_000,
  }, async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const [byPrimary, bySecondary] = [await listen('primary'), await listen('secondary')];
    const offline: string[] = [];
    byPrimary.on('offline', () => offline.push('primary'));
    bySecondary.on('offline', () => offline.push('secondary'));
    const old = connectionString('defaultSender', 'primary');
    const other = connectionString('defaultSender', 'secondary');
    const sockets = await Promise.all(
      Array.from({ length: CONNECTIONS }, (_, index) => dial(index % 2 === 0 ? old : other)),
    );
    const turns = sockets.map(() => 0);
    let stop = false;
    onTestFinished(() => {
      stop = true;
    });
    const traffic = Promise.all(
      sockets.map(async (socket, index) => {
        for (; !stop; turns[index]! += 1) {
          await echo(socket, `${index} ${'x'.repeat(2_000)}`);
          await sleep(PACE_MS);
        }
      }),
    );

    await relay.regenerateKey({ policy: 'defaultSender', hybridConnection: 'sql' }, 'primary');
    await relay.regenerateKey({ policy: 'defaultListener', hybridConnection: 'sql' }, 'primary');
    await expect.poll(() => offline).toEqual(['primary']);
    const then = [...turns];
    await expect
      .poll(() => turns.every((turn, index) => turn > then[index]! + 1), { timeout: 20_000 })
      .toBe(true);

    await expect(dial(old)).rejects.toMatchObject({
      code: 'EACCES',
      cause: expect.objectContaining({
        code: 'ERR_RELAY_UNAUTHORIZED',
        message: expect.stringContaining('token has an invalid signature'),
      }),
    });
    for (const good of [other, connectionString('defaultSender', 'primary')]) {
      const socket = await dial(good);
      await echo(socket, 'hello');
      socket.destroy();
    }
    expect(offline).toEqual(['primary']);
    expect(bySecondary.state.name).toBe('online');

    stop = true;
    await traffic;
    for (const socket of sockets) socket.destroy();
  });
});
