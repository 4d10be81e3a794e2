/**
 * Keys that are rolled while traffic flows.
 *
 * Source: docs/protocol.md, sections 2.7 and 5.3.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConnectionString } from '@hybridge/sas';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { connectUrl, Listener, listenUrl, open, refused, roundTrip, tokenFor } from '../test/clients.js';
import { RelayServer } from './relay-server.js';
import { startRelay } from './start-relay.js';

let relay: RelayServer;
afterEach(() => relay.close());

const listeners = { policy: 'defaultListener', hybridConnection: 'sql' };
const senders = { policy: 'defaultSender', hybridConnection: 'sql' };
const listenerToken = (slot: 'primary' | 'secondary') =>
  tokenFor(relay, 'sql', { policy: 'defaultListener', slot });
const senderToken = (slot: 'primary' | 'secondary') =>
  tokenFor(relay, 'sql', { policy: 'defaultSender', slot });

describe('a key that is rolled while 100 connections carry data', () => {
  it('disturbs none of them, and opens nothing any more', { timeout: 60_000 }, async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const byPrimary = await Listener.start(relay, 'sql', { token: listenerToken('primary') });
    const bySecondary = await Listener.start(relay, 'sql', { token: listenerToken('secondary') });
    const tokens = [senderToken('primary'), senderToken('secondary')] as const;
    const tunnels = await Promise.all(
      Array.from({ length: 100 }, (_, i) => open(connectUrl(relay, 'sql', { token: tokens[i % 2]! }))),
    );
    let stop = false;
    onTestFinished(() => {
      stop = true;
    });
    const turns = tunnels.map(() => 0);
    const traffic = Promise.all(
      tunnels.map(async (tunnel, index) => {
        while (!stop) {
          await roundTrip(tunnel, 'x'.repeat(1_000));
          turns[index]! += 1;
          await sleep(5); // for those that come besides
        }
      }),
    );
    await expect.poll(() => Math.min(...turns)).toBeGreaterThan(1);

    const oldListenerToken = listenerToken('primary');
    const newKey = await relay.regenerateKey(senders, 'primary');
    await relay.regenerateKey(listeners, 'primary');
    const { code, reason } = await byPrimary.closed;
    expect(code).toBe(1008);
    expect(reason).toMatch(/^InvalidSignature: .* TrackingId:/);

    const before = [...turns];
    await expect.poll(() => turns.every((turn, index) => turn > before[index]! + 1)).toBe(true);
    expect(tunnels.every(({ readyState }) => readyState === WebSocket.OPEN)).toBe(true);
    expect(bySecondary.control.readyState).toBe(WebSocket.OPEN);

    // The old keys open nothing, with the words that clients look for.
    for (const url of [
      connectUrl(relay, 'sql', { token: tokens[0] }),
      listenUrl(relay, 'sql', { token: oldListenerToken }),
    ]) {
      expect(await refused(url)).toMatchObject({
        status: 401,
        reason: expect.stringContaining('token has an invalid signature'),
      });
    }
    // The other key does, and so does the new one.
    await roundTrip(await open(connectUrl(relay, 'sql', { token: tokens[1] })));
    const token = tokenFor(relay, 'sql', { policy: 'defaultSender', key: newKey });
    await roundTrip(await open(connectUrl(relay, 'sql', { token })));
    await Listener.start(relay, 'sql', { token: listenerToken('primary') });

    stop = true;
    await traffic;
  });
});

describe('keys that are set', () => {
  const slotOf = () => relay.status().namespaces[0]!.hybridConnections[0]!.listeners[0]?.key;

  it('may change places, and nobody notices', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql', { token: listenerToken('primary') });
    const connection = parseConnectionString(relay.connectionString('sql', 'defaultListener'));
    await relay.setKeys(listeners, { primaryKey: 'another key', secondaryKey: connection.sharedAccessKey! });
    await expect.poll(slotOf).toBe('secondary');
    expect(listener.control.readyState).toBe(WebSocket.OPEN);
    await Listener.start(relay, 'sql', { token: tokenFor(relay, 'sql', { policy: 'defaultListener' }) });
  });

  it('may be those of the namespace', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const root = await Listener.start(relay, 'sql');
    const own = await Listener.start(relay, 'sql', { token: listenerToken('primary') });
    await relay.setKeys({ policy: 'RootManageSharedAccessKey' }, { primaryKey: 'k1', secondaryKey: 'k2' });
    expect(await root.closed).toMatchObject({ code: 1008 });
    expect(own.control.readyState).toBe(WebSocket.OPEN);
    expect(relay.connectionString('sql', { key: 'secondary' })).toContain('SharedAccessKey=k2;');
  });

  it('must be fit for a key, and of a policy that is there', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    for (const keys of [{ primaryKey: '' }, { primaryKey: 'x'.repeat(257) }, { thirdKey: 'x' } as object]) {
      await expect(relay.setKeys(senders, keys)).rejects.toMatchObject({ code: 'ERR_RELAY_CONFIG' });
    }
    await expect(relay.setKeys({ policy: 'nobody' }, {})).rejects.toThrow('has no policy nobody');
    await expect(relay.regenerateKey({ policy: 'x', hybridConnection: 'y' }, 'primary')).rejects.toThrow(
      'no hybrid connection y',
    );
  });
});

describe('keys that were rolled', () => {
  it('are kept over a restart, if the relay had made them', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'relay-roll-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true }));
    const given = { name: 'given', rights: ['Send' as const], primaryKey: 'p', secondaryKey: 's' };
    const run = async () => {
      relay = new RelayServer({
        dataDir,
        listen: { port: 0 },
        namespaces: [
          {
            name: 'localhost',
            hybridConnections: [{ name: 'sql' }, { name: 'web', authorizationRules: [given] }],
          },
        ],
      });
      await relay.listen();
    };
    const keyOf = (name: string, policy: string) =>
      parseConnectionString(relay.connectionString(name, policy)).sharedAccessKey;
    await run();
    const key = await relay.regenerateKey(senders, 'primary');
    await relay.regenerateKey({ policy: 'given', hybridConnection: 'web' }, 'primary');
    expect(keyOf('web', 'given')).not.toBe('p');
    await relay.close();
    await run();
    expect(keyOf('sql', 'defaultSender')).toBe(key);
    expect(keyOf('web', 'given')).toBe('p');
  });
});
