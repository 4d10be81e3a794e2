/** A forwarder and what its relay says: the endpoint, a refusal, the end of the namespace; and settings that change. */

import type { EntityDescription } from '@hybridge/diagnosis';
import { compareClock } from '@hybridge/diagnosis';
import { RelayError, relayErrorFromResponse } from '@hybridge/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forwarding, Incoming, listening, NOWHERE } from '../../test/forwarding.js';
import { DISCONTINUED_RETRY_MS, NAME_GONE_MS } from '../registration/discontinued.js';
import { REFUSED_RETRY_MS } from '../registration/registration.js';
import { REFRESH_MS } from './forwarder.js';

function description(endpoint: string | undefined): EntityDescription {
  return {
    createdAt: new Date(1),
    updatedAt: new Date(2),
    requiresClientAuthorization: true,
    userMetadata: endpoint && JSON.stringify([{ key: 'endpoint', value: endpoint }]),
    listenerCount: 2,
  };
}

const since = new Date();
const ONLINE = { name: 'online', since, renewTokenAt: since } as const;
const gone = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
const ask = vi.fn<() => Promise<EntityDescription>>();

beforeEach(() => {
  vi.useFakeTimers();
  ask.mockReset();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a forwarder without an endpoint of its own', () => {
  it('asks its relay before it listens', async () => {
    ask.mockResolvedValue(description('DB01.corp.example:1433'));
    const { forwarder, listeners } = forwarding(undefined, { ask });
    forwarder.start();
    expect(forwarder.state).toEqual({ name: 'resolving', attempt: 1 });
    expect(listeners).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(listeners).toHaveLength(1);
    expect(forwarder.status()).toMatchObject({
      target: 'db01.corp.example:1433',
      relay: { createdAt: new Date(1), updatedAt: new Date(2), listeners: 2 },
    });
  });

  it('leads to another one when the relay says so, without leaving it', async () => {
    ask.mockResolvedValueOnce(description('127.0.0.1:1'));
    const { forwarder, listener, listeners } = forwarding(undefined, { ask });
    forwarder.start();
    await vi.advanceTimersByTimeAsync(0);
    listener().become(ONLINE);
    ask.mockResolvedValue(description('127.0.0.1:2'));
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(forwarder.status().target).toBe('127.0.0.1:2');
    expect(listeners).toHaveLength(1);
  });

  it('asks at each return of the relay', async () => {
    ask.mockResolvedValue(description('127.0.0.1:1'));
    const { forwarder, listener } = forwarding(undefined, { ask });
    forwarder.start();
    await vi.advanceTimersByTimeAsync(0);
    listener().become({
      name: 'waiting',
      attempt: 1,
      retryAt: since,
      because: new RelayError('ERR_RELAY_CUT', ''),
    });
    ask.mockResolvedValue(description('127.0.0.1:2'));
    listener().become(ONLINE);
    await vi.advanceTimersByTimeAsync(0);
    expect(forwarder.status().target).toBe('127.0.0.1:2');
  });

  it('keeps to what it knows when the relay cannot be asked again', async () => {
    ask.mockResolvedValueOnce(description('127.0.0.1:1'));
    const { forwarder, listener } = forwarding(undefined, { ask });
    forwarder.start();
    await vi.advanceTimersByTimeAsync(0);
    ask.mockRejectedValue(new RelayError('ERR_RELAY_CUT', 'cut'));
    listener().become(ONLINE);
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(forwarder.state.name).toBe('online');
    expect(forwarder.status().target).toBe('127.0.0.1:1');
  });

  it.each<[string, () => Promise<EntityDescription>]>([
    ['knows none', async () => description(undefined)],
    ['has one that makes no sense', async () => description('db01')],
    ['refuses the key', () => Promise.reject(relayErrorFromResponse(401, 'MalformedToken'))],
    [
      'does not know the hybrid connection',
      () => Promise.reject(relayErrorFromResponse(404, 'Endpoint does not exist')),
    ],
  ])('is refused when the relay %s, and asks again later', async (_what, answer) => {
    ask.mockImplementation(answer);
    const { forwarder, listeners } = forwarding(undefined, { ask });
    forwarder.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(forwarder.state.name).toBe('refused');
    expect(listeners).toHaveLength(0);
    ask.mockResolvedValue(description('127.0.0.1:1'));
    await vi.advanceTimersByTimeAsync(REFUSED_RETRY_MS);
    expect(listeners).toHaveLength(1);
  });

  it('waits for a relay that is out of reach, and asks at once when the network changes', async () => {
    ask.mockRejectedValue(new RelayError('ERR_RELAY_CUT', 'cut'));
    const { forwarder, listeners } = forwarding(undefined, { ask });
    forwarder.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(forwarder.state).toMatchObject({ name: 'waiting', because: { code: 'ERR_RELAY_CUT' } });
    ask.mockResolvedValue(description('127.0.0.1:1'));
    forwarder.probe();
    await vi.advanceTimersByTimeAsync(0);
    expect(listeners).toHaveLength(1);
  });
});

describe("a forwarder whose clock is off its relay's", () => {
  it('says so once, and what to do, and no longer when it is right again', async () => {
    const behind = (ms: number) => compareClock(new Date(ms).toUTCString(), 0);
    ask.mockResolvedValue({ ...description('127.0.0.1:1'), clock: behind(3_600_000) });
    const { forwarder, listener } = forwarding(undefined, { ask });
    const warned = vi.fn();
    forwarder.on('warning', warned);
    forwarder.start();
    await vi.advanceTimersByTimeAsync(0);
    listener().become(ONLINE);
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(warned).toHaveBeenCalledOnce();
    expect(forwarder.status().clock).toMatchObject({
      message: expect.stringContaining('60 minutes behind'),
      advice: expect.stringContaining('NTP'),
    });
    ask.mockResolvedValue({ ...description('127.0.0.1:1'), clock: behind(1_000) });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(forwarder.status().clock).toBeUndefined();
  });
});

describe('a forwarder whose namespace is retired', () => {
  it('says so, leaves, and looks again slowly', async () => {
    const { forwarder, listener, listeners } = forwarding(NOWHERE, { ask });
    forwarder.start();
    const because = relayErrorFromResponse(410, 'Gone');
    listener().become({ name: 'waiting', attempt: 1, retryAt: since, because });
    expect(forwarder.state).toMatchObject({
      name: 'discontinued',
      statement: expect.stringContaining('relay.example.net is discontinued'),
    });
    expect(listeners[0]?.closedWith).toBeDefined();
    ask.mockRejectedValueOnce(because);
    await vi.advanceTimersByTimeAsync(DISCONTINUED_RETRY_MS);
    expect(forwarder.state.name).toBe('discontinued');
    expect(listeners).toHaveLength(1);
    ask.mockResolvedValue(description(undefined));
    await vi.advanceTimersByTimeAsync(DISCONTINUED_RETRY_MS);
    expect(listeners).toHaveLength(2);
  });

  it('is told so by the DNS when that lasts', () => {
    const { forwarder, listener } = forwarding(NOWHERE, { ask });
    forwarder.start();
    const because = new RelayError('ERR_RELAY_CUT', 'cut', { cause: gone });
    const waiting = { name: 'waiting', attempt: 1, retryAt: since, because } as const;
    listener().become(waiting);
    expect(forwarder.state.name).toBe('waiting');
    vi.advanceTimersByTime(NAME_GONE_MS);
    listener().become(waiting);
    expect(forwarder.state).toMatchObject({
      name: 'discontinued',
      statement: expect.stringContaining('DNS'),
    });
  });
});

describe('a forwarder whose settings change', () => {
  const options = { targetTimeoutMs: 5_000 };

  it('tries a changed key beside the former one, and lets that go when it is taken', () => {
    ask.mockRejectedValue(new Error('busy'));
    const { forwarder, config, listeners, states } = forwarding(NOWHERE, { ask });
    forwarder.start();
    listeners[0]?.become(ONLINE);
    forwarder.update({ ...config, connectionString: 'another key' }, options);
    expect(listeners).toHaveLength(2);
    listeners[1]?.become({ name: 'connecting', attempt: 1 });
    expect(forwarder.status()).toMatchObject({
      state: { name: 'online' },
      replacement: { name: 'connecting' },
    });
    expect(listeners[0]?.closedWith).toBeUndefined();
    listeners[1]?.become(ONLINE);
    expect(listeners[0]?.closedWith).toEqual({ graceMs: Number.POSITIVE_INFINITY });
    expect(forwarder.status().replacement).toBeUndefined();
    expect(new Set(states.map(({ name }) => name))).toEqual(new Set(['online']));
  });

  it('stays with the former key as long as the changed one is refused, and says so once', () => {
    ask.mockRejectedValue(new Error('busy'));
    const { forwarder, config, listeners } = forwarding(NOWHERE, { ask });
    const warned = vi.fn();
    forwarder.on('warning', warned);
    forwarder.start();
    listeners[0]?.become(ONLINE);
    forwarder.update({ ...config, connectionString: 'a wrong key' }, options);
    listeners[1]?.become({ name: 'closed', because: new RelayError('ERR_RELAY_UNAUTHORIZED', 'wrong key') });
    vi.advanceTimersByTime(REFUSED_RETRY_MS);
    listeners[2]?.become({ name: 'closed', because: new RelayError('ERR_RELAY_UNAUTHORIZED', 'wrong key') });
    expect(warned).toHaveBeenCalledOnce();
    expect(forwarder.state.name).toBe('online');
    expect(listeners[0]?.closedWith).toBeUndefined();
    forwarder.update(config, options);
    expect(forwarder.status().replacement).toBeUndefined();
  });

  it('goes over to the changed key when the former one has lost its place', () => {
    ask.mockRejectedValue(new Error('busy'));
    const { forwarder, config, listeners } = forwarding(NOWHERE, { ask });
    forwarder.start();
    listeners[0]?.become(ONLINE);
    forwarder.update({ ...config, connectionString: 'another key' }, options);
    listeners[1]?.become({ name: 'connecting', attempt: 1 });
    const because = new RelayError('ERR_RELAY_UNAUTHORIZED', 'rolled');
    listeners[0]?.become({ name: 'waiting', attempt: 1, retryAt: since, because });
    expect(forwarder.state).toEqual({ name: 'connecting', attempt: 1 });
    expect(listeners[0]?.closedWith).toBeDefined();
  });

  it('has an id for each of the two, so that neither takes the place of the other', () => {
    const ids: string[] = [];
    const { forwarder, config, listeners } = forwarding(NOWHERE, { ask });
    ask.mockRejectedValue(new Error('busy'));
    forwarder.on('state', () => undefined);
    forwarder.start();
    listeners[0]?.become(ONLINE);
    forwarder.update({ ...config, connectionString: 'another key' }, options);
    for (const { id } of listeners) ids.push(id);
    expect(new Set(ids).size).toBe(2);
  });

  it('leads to a changed target from then on, and keeps what is open', async () => {
    vi.useRealTimers();
    ask.mockRejectedValue(new Error('busy'));
    const [former, changed] = [await listening(), await listening()];
    const { forwarder, config, listeners, listener, joints } = forwarding(former, { ask });
    forwarder.start();
    listener().become(ONLINE);
    await listener().announce(new Incoming());
    forwarder.update({ ...config, target: changed }, options);
    await listener().announce(new Incoming());
    expect(joints.map(({ near }) => near.socket.remotePort)).toEqual([former.port, changed.port]);
    expect(joints[0]?.near.socket.destroyed).toBe(false);
    expect(listeners).toHaveLength(1);
  });
});
