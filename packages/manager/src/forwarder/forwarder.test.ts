import { once } from 'node:events';
import { RelayError, relayErrorFromResponse } from '@hybridge/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { forwarding, Incoming, type Joint, listening, NOWHERE, notListening } from '../../test/forwarding.js';
import { REFUSED_RETRY_MS } from '../registration/registration.js';
import { REFRESH_MS } from './forwarder.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a forwarder', () => {
  it('follows its listener through its states', () => {
    const { forwarder, listener, states } = forwarding(NOWHERE);
    expect(forwarder.state).toEqual({ name: 'stopped' });
    forwarder.start();
    const since = new Date();
    const because = new RelayError('ERR_RELAY_CUT', 'cut');
    listener().become({ name: 'connecting', attempt: 1 });
    listener().become({ name: 'online', since, renewTokenAt: since });
    listener().become({ name: 'online', since, renewTokenAt: new Date(0) });
    listener().become({ name: 'waiting', attempt: 1, retryAt: since, because });
    expect(states).toEqual([
      { name: 'connecting', attempt: 1 },
      { name: 'online', since },
      { name: 'waiting', retryAt: since, because, advice: expect.stringContaining('look at the relay') },
    ]);
  });

  it('keeps saying what went wrong while it tries again, until it is online', () => {
    const { forwarder, listener } = forwarding(NOWHERE);
    forwarder.start();
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const because = new RelayError('ERR_RELAY_CUT', 'cut', { cause });
    listener().become({ name: 'waiting', attempt: 1, retryAt: new Date(), because });
    listener().become({ name: 'connecting', attempt: 2 });
    const advice = expect.stringContaining('is the relay running');
    expect(forwarder.state).toEqual({ name: 'connecting', attempt: 2, because, advice });
    listener().become({ name: 'online', since: new Date(), renewTokenAt: new Date() });
    listener().become({ name: 'connecting', attempt: 1 });
    expect(forwarder.state).toEqual({ name: 'connecting', attempt: 1 });
  });

  it.each([401, 403, 404])(
    'that was online and is answered %i then is refused, and does not only wait',
    (status) => {
      const { forwarder, listener } = forwarding(NOWHERE);
      forwarder.start();
      const retryAt = new Date();
      listener().become({ name: 'online', since: retryAt, renewTokenAt: retryAt });
      const because = relayErrorFromResponse(status, 'no');
      listener().become({ name: 'waiting', attempt: 1, retryAt, because });
      expect(forwarder.state).toMatchObject({ name: 'refused', retryAt, because });
    },
  );

  it('that the relay refuses tries again later with a new listener', () => {
    vi.useFakeTimers();
    const { forwarder, listener, listeners } = forwarding(NOWHERE);
    forwarder.start();
    const because = new RelayError('ERR_RELAY_UNAUTHORIZED', 'wrong key');
    listener().become({ name: 'closed', because });
    expect(forwarder.state).toEqual({
      name: 'refused',
      because,
      advice: expect.stringContaining('Copy the connection string again'),
      retryAt: new Date(Date.now() + REFUSED_RETRY_MS),
    });
    vi.advanceTimersByTime(REFUSED_RETRY_MS - 1);
    expect(listeners).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(listeners).toHaveLength(2);
  });

  it('that is stopped while it was refused does not try again', async () => {
    vi.useFakeTimers();
    const { forwarder, listener, listeners } = forwarding(NOWHERE);
    forwarder.start();
    listener().become({ name: 'closed', because: new RelayError('ERR_RELAY_UNAUTHORIZED', 'wrong key') });
    await forwarder.stop({ graceMs: 0 });
    vi.advanceTimersByTime(REFUSED_RETRY_MS);
    expect(listeners).toHaveLength(1);
    expect(forwarder.state).toEqual({ name: 'stopped' });
  });

  it('passes on what its listener warns of', () => {
    const { forwarder, listener } = forwarding(NOWHERE);
    const heard = vi.fn();
    forwarder.on('warning', heard);
    forwarder.start();
    listener().emit('warning', new Error('odd'));
    expect(heard).toHaveBeenCalledWith(new Error('odd'));
  });
});

describe('a forwarder whose target answers', () => {
  it('accepts the sender and joins the two', async () => {
    const { forwarder, listener, joints } = forwarding(await listening());
    const opened = vi.fn();
    forwarder.on('open', opened);
    forwarder.start();
    const incoming = new Incoming();
    await listener().announce(incoming);
    expect(incoming.state).toBe('accepted');
    const near = joints[0]?.near.socket;
    expect(opened).toHaveBeenCalledWith({
      ...{ id: 'id-1', rendezvousId: 'id-1', remoteEndpoint: incoming.remoteEndpoint },
      ...{ target: forwarder.status().target, address: '127.0.0.1', localPort: near?.localPort },
      openedAt: expect.any(Date),
    });
    expect(joints[0]?.near.socket.remotePort).toBe(forwarder.status().target?.split(':').map(Number)[1]);
    joints[0]?.near.destroy();
  });

  it('counts what is open and what was', async () => {
    const { forwarder, listener, joints } = forwarding(await listening());
    forwarder.start();
    await listener().announce(new Incoming());
    await listener().announce(new Incoming());
    const [first, second] = joints as [Joint, Joint];
    Object.assign(first, { bytesToTunnel: 10, bytesFromTunnel: 1 });
    Object.assign(second, { bytesToTunnel: 20, bytesFromTunnel: 2 });
    const ended = once(forwarder, 'end');
    first.finish('tunnel failed');
    expect((await ended)[0]).toMatchObject({
      reason: 'tunnel failed',
      bytesToTarget: 1,
      bytesFromTarget: 10,
    });
    expect(forwarder.status().counters).toEqual({
      connections: 2,
      open: 1,
      targetFailures: 0,
      tunnelFailures: 1,
      bytesToTarget: 3,
      bytesFromTarget: 30,
    });
    second.finish('finished');
  });

  it('drops it again when the sender was given up meanwhile', async () => {
    const { forwarder, listener, joints } = forwarding(await listening());
    forwarder.start();
    const incoming = new Incoming();
    incoming.state = 'expired';
    await listener().announce(incoming);
    expect(joints).toHaveLength(0);
    await forwarder.stop({ graceMs: 0 });
  });
});

describe('a forwarder whose target does not answer', () => {
  it('tells the sender the code, and nothing about the target', async () => {
    const { forwarder, listener } = forwarding(await notListening());
    forwarder.start();
    const incoming = new Incoming();
    const failed = vi.fn();
    forwarder.on('targetFailure', failed);
    await listener().announce(incoming);
    expect(incoming.rejection).toEqual([502, expect.stringMatching(/^ECONNREFUSED: /)]);
    expect(incoming.rejection?.[1]).not.toContain('127.0.0.1');
    expect(failed).toHaveBeenCalledWith(
      expect.objectContaining({ code: 'ECONNREFUSED', message: expect.stringContaining('127.0.0.1') }),
      expect.objectContaining({ id: 'id-1', remoteEndpoint: incoming.remoteEndpoint }),
    );
    expect(forwarder.status()).toMatchObject({
      targetFailure: { code: 'ECONNREFUSED' },
      counters: { connections: 0, targetFailures: 1 },
    });
  });

  it('forgets the failure once it answers again', async () => {
    const target = await notListening();
    const { forwarder, listener, joints } = forwarding(target);
    forwarder.start();
    await listener().announce(new Incoming());
    await listening(target.port);
    await listener().announce(new Incoming());
    expect(forwarder.status().targetFailure).toBeUndefined();
    joints[0]?.near.destroy();
  });
});

describe('stopping a forwarder', () => {
  it('closes the listener and waits for open connections', async () => {
    const { forwarder, listener, joints, states } = forwarding(await listening());
    forwarder.start();
    await listener().announce(new Incoming());
    const stopped = forwarder.stop({ graceMs: 10_000 });
    expect(listener().closedWith).toEqual({ graceMs: 10_000 });
    expect(forwarder.state).toEqual({ name: 'stopping' });
    listener().become({ name: 'connecting', attempt: 1 });
    joints[0]?.finish('finished');
    await stopped;
    expect(states.map(({ name }) => name)).toEqual(['stopping', 'stopped']);
  });

  it('cuts what is still open when the time is over', async () => {
    const { forwarder, listener } = forwarding(await listening());
    forwarder.start();
    await listener().announce(new Incoming());
    const ended = once(forwarder, 'end');
    await forwarder.stop({ graceMs: 10 });
    expect((await ended)[0]).toMatchObject({ reason: 'stopped' });
  });
});

describe('a forwarder whose target has a name that does not resolve', () => {
  const gone = Object.assign(new Error('getaddrinfo ENOTFOUND db01'), { code: 'ENOTFOUND' });

  it('says so before a sender comes, once, and no longer when it does', async () => {
    vi.useFakeTimers();
    const lookup = vi.fn((_name, _options, answer) => answer(gone, []));
    const ask = () => Promise.reject(new Error('busy'));
    const { forwarder, listener } = forwarding({ host: 'db01', port: 1433 }, { lookup, ask });
    const warned = vi.fn();
    forwarder.on('warning', warned);
    forwarder.start();
    listener().become({ name: 'online', since: new Date(), renewTokenAt: new Date() });
    await vi.advanceTimersByTimeAsync(2 * REFRESH_MS);
    expect(forwarder.status().targetFailure).toMatchObject({
      code: 'ENOTFOUND',
      advice: expect.stringContaining('nslookup'),
    });
    expect(warned).toHaveBeenCalledOnce();
    expect(forwarder.state.name).toBe('online');
    lookup.mockImplementation((_name, _options, answer) =>
      answer(null, [{ address: '10.0.0.7', family: 4 }]),
    );
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(forwarder.status().targetFailure).toBeUndefined();
  });
});
