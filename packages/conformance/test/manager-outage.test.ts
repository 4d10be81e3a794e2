/**
 * A relay that is killed and comes back: its managers are back in under a second after a short outage, and in under three after a
 * long one.
 *
 * The times are printed. What is held to is the pace that makes them true: the longest wait between two tries. `HYBRIDGE_TRUE_TIMES=1`
 * has outages of 3 and of 30 seconds, several times; otherwise there is a single short one.
 *
 * Source: docs/protocol.md, section 2.8.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { now, Part } from '../src/part.js';
import { requireBuild } from '../src/processes.js';
import { freePort } from '../src/services/server-process.js';

requireBuild();

const hasTrueTimes = process.env.HYBRIDGE_TRUE_TIMES === '1';
const MANAGERS = 4;
/** How long an outage counts as young, and the longest wait then and later, in milliseconds. */
const YOUNG_MS = 10_000;
const YOUNG_WAIT_MS = 500;
const LATER_WAIT_MS = 2_500;
/** How long a relay has to be there for the next outage to be one of its own, in milliseconds; and some more. */
const SETTLED_MS = 1_500;

const KEY = Buffer.alloc(32, 'k').toString('base64');

async function relayAt(port: number): Promise<Part> {
  const authorizationRules = [{ name: 'defaultListener', rights: ['Listen'], primaryKey: KEY }];
  const relay = await Part.start('relay', [
    { listen: { port }, hybridConnections: [{ name: 'db', authorizationRules }] },
  ]);
  onTestFinished(() => relay.kill());
  return relay;
}

async function managerOf(relay: Part): Promise<Part> {
  const connectionString = await relay.ask('connectionString', 'db', { policy: 'defaultListener' });
  const manager = await Part.start('manager', [
    { connections: [{ connectionString, endpoint: '127.0.0.1:1' }] },
  ]);
  onTestFinished(() => manager.kill());
  return manager;
}

const OUTAGES = hasTrueTimes ? [3_000, 3_000, 3_000, 3_000, 30_000, 30_000] : [3_000];

it('a relay that is gone for a while has its managers back', { timeout: 300_000 }, async () => {
  const port = await freePort();
  let relay = await relayAt(port);
  const managers = await Promise.all(Array.from({ length: MANAGERS }, () => managerOf(relay)));
  for (const outageMs of OUTAGES) {
    const told = managers.map((manager) => manager.told.length);
    const goneAt = now();
    await relay.kill();
    await sleep(outageMs);
    relay = await relayAt(port);
    const backAt = relay.told.find(({ event }) => event === 'ready')!.at;
    const online = await Promise.all(
      managers.map((manager, index) =>
        manager.next(({ value }) => value?.name === 'online', 10_000, 'a manager to be back', told[index]),
      ),
    );
    const took = online.map(({ at }) => Math.round(at - backAt)).sort((a, b) => a - b);
    const seconds = ((backAt - goneAt) / 1_000).toFixed(1);
    console.log(`after ${seconds} s without a relay its managers are back in ${took.join(', ')} ms`);
    for (const [index, manager] of managers.entries()) {
      const waits = manager.told.slice(told[index]).filter(({ value }) => value?.name === 'waiting');
      // The first: because it was lost.
      expect(waits.length).toBeGreaterThan(1);
      for (const { value, at } of waits) {
        const longest = at - goneAt >= YOUNG_MS ? LATER_WAIT_MS : YOUNG_WAIT_MS;
        expect(Date.parse(value.retryAt) - at).toBeLessThanOrEqual(longest + 1);
      }
    }
    expect(await listeners(relay)).toBe(MANAGERS);
    // A relay that is there for a moment only has not ended the outage.
    await sleep(SETTLED_MS);
  }
});

/** Managers that hold the hybrid connection, as the relay says. */
async function listeners(relay: Part): Promise<number> {
  const { namespaces } = await relay.ask('status');
  return namespaces[0].hybridConnections[0].listeners.length;
}
