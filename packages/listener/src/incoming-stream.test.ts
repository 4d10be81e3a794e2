/** A stream that is asked for, and the decision about it. Over a relay: packages/conformance. */
import type { MultiplexRefusal } from '@hybridge/protocol';
import type { Channel, StreamOffer } from '@hybridge/socket';
import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.js';
import type { IncomingConnection } from './incoming-connection.js';
import { IncomingStream } from './incoming-stream.js';
import { resolveMultiplex } from './sessions.js';

/** What a session's rendezvous says of itself. */
const rendezvous = {
  id: 'rendezvous',
  path: '/tenants/7',
  query: '?color=red',
  headers: { 'x-a': 'b' },
  protocols: ['mqtt'],
  remoteEndpoint: { address: '192.0.2.1', port: 1 },
} as unknown as IncomingConnection;

function stage(trackingId = 'stream') {
  const heard: unknown[] = [];
  const channel = { abort: () => heard.push('cut') } as unknown as Channel;
  const offer: StreamOffer & { isWanted: boolean } = {
    trackingId,
    isWanted: true,
    onWithdrawn: () => undefined,
    accept: () => {
      heard.push('accepted');
      return channel;
    },
    reject: (refusal: MultiplexRefusal) => heard.push(refusal),
    settle: () => heard.push('settled'),
  };
  let expire = () => {};
  const clock = {
    setTimer: (callback: () => void) => {
      expire = callback;
      return { cancel: () => heard.push('timer off'), unref: () => undefined, ref: () => undefined };
    },
  } as unknown as Clock;
  const stream = new IncomingStream(offer, rendezvous, {
    allowHalfOpen: false,
    clock,
    onSettle: () => heard.push('decided'),
    onAccept: () => undefined,
    onAcceptChannel: () => heard.push('counted'),
    onClosed: () => heard.push('closed'),
    onExpire: () => heard.push('expired'),
  });
  return { stream, offer, heard, channel, expire: () => expire() };
}

describe('an incoming stream', () => {
  it('is what its rendezvous is, under a name of its own', () => {
    const { stream } = stage();
    const { id, rendezvousId, path, query, headers, protocols, remoteEndpoint, state } = stream;
    expect(rendezvousId).toBe('rendezvous');
    expect({ id, path, query, headers, protocols, remoteEndpoint, state }).toEqual({
      ...rendezvous,
      id: 'stream',
      state: 'waiting',
    });
    expect(stage('').stream.id).toBe('rendezvous');
  });

  it('can be accepted once', async () => {
    const { stream, heard, channel } = stage();
    const { opened, onClosed } = stream.acceptChannel();
    expect(await opened).toBe(channel);
    expect(heard).toEqual(['timer off', 'decided', 'accepted', 'counted']);
    onClosed?.();
    expect(heard.at(-1)).toBe('closed');
    expect(() => stream.accept()).toThrow(expect.objectContaining({ code: 'ERR_RELAY_CLOSED' }));
    expect(() => stream.reject(400, 'no')).toThrow(expect.objectContaining({ code: 'ERR_RELAY_CLOSED' }));
  });

  it('is not accepted under a subprotocol that was not offered', () => {
    const { stream } = stage();
    expect(() => stream.accept({ protocol: 'chat' })).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
    expect(stream.state).toBe('waiting');
  });

  it.each([
    [403, 'Not today', { untried: false, status: 403, reason: 'Not today' }],
    [200, '', { untried: false, status: 400, reason: 'Rejected by user code' }],
  ])('is rejected with %i %j as a connection is', (status, description, refusal) => {
    const { stream, heard } = stage();
    stream.reject(status, description);
    expect(stream.state).toBe('rejected');
    expect(heard).toContainEqual(refusal);
  });

  it('expires when nobody decides', () => {
    const { stream, heard, expire } = stage();
    expire();
    expect(stream.state).toBe('expired');
    expect(heard).toEqual(['decided', 'expired', expect.objectContaining({ status: 504 })]);
  });

  it('cannot be accepted once the sender has left, and counts until the handler knows', () => {
    const { stream, offer, heard } = stage();
    offer.onWithdrawn();
    expect(stream.state).toBe('expired');
    expect(() => stream.accept()).toThrow(expect.objectContaining({ code: 'ERR_RELAY_CLOSED' }));
    expect(heard).toEqual(['decided']);
    stream.handled();
    expect(heard.at(-1)).toBe('settled');
  });
});

describe('the option multiplex', () => {
  it('is on unless it is said otherwise', () => {
    expect(resolveMultiplex(undefined)).toEqual({ maxStreams: 256, maxSessions: 64 });
    expect(resolveMultiplex(false)).toBeUndefined();
    expect(resolveMultiplex({ maxSessions: 2 })).toEqual({ maxStreams: 256, maxSessions: 2 });
  });

  it.each([{ maxStreams: 0 }, { maxSessions: 1_001 }, { maxStreams: 2.5 }])('is refused as %j', (given) => {
    expect(() => resolveMultiplex(given)).toThrow(expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }));
  });
});
