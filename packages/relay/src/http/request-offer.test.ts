import { formatFromRelay, type Request } from '@hybridge/protocol';
import { describe, expect, it } from 'vitest';
import {
  decodeRequestOffer,
  decodeRequestReply,
  encodeRequestOffer,
  encodeRequestReply,
  isRequestOffer,
  requestMembers,
  requestMessage,
} from './request-offer.js';

const ADDRESS = 'wss://relay.example.net/$hc/w"eb?sb-hc-action=request&sb-hc-id=x&sb-hc-rv=y';
const REQUEST: Request = {
  type: 'request',
  address: ADDRESS,
  id: '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa',
  requestTarget: '/web/żółć?x="1"',
  method: 'POST',
  remoteEndpoint: { address: '203.0.113.7', port: 51544 },
  requestHeaders: { Host: 'relay.example.net', 'X-A': 'é' },
  body: true,
};

describe('the message for a listener', () => {
  it('is the one that the protocol has, put together in two steps', () => {
    const message = requestMessage(ADDRESS, requestMembers(REQUEST))!;
    expect(JSON.parse(message)).toEqual(JSON.parse(formatFromRelay(REQUEST)));
    const pointer = requestMessage(ADDRESS, '')!;
    expect(pointer).toBe(formatFromRelay({ type: 'requestPointer', address: ADDRESS }));
  });

  it('is none when it would be longer than a listener can read', () => {
    const room = 65_536 - requestMessage(ADDRESS, 'x')!.length + 1;
    expect(requestMessage(ADDRESS, 'a'.repeat(room))).toHaveLength(65_536);
    expect(requestMessage(ADDRESS, 'a'.repeat(room + 1))).toBeUndefined();
    expect(requestMessage(ADDRESS.replace('w', 'ż'), 'a'.repeat(room))).toBeUndefined();
  });
});

describe('a request on offer', () => {
  it.each([
    { addressPath: '/$hc/web?x', members: '', body: undefined },
    { addressPath: '/$hc/web?x', members: '"a":"é"', body: undefined },
    { base: 'wss://a', addressPath: '/ż', members: '"a":1', body: Buffer.from([0, 1, 255]) },
    {
      addressPath: '/',
      choice: { allowed: ['a'], tried: ['b'] },
      members: '"a":1',
      body: Buffer.from('x'),
    },
  ])('is the same after its way (%#)', (offer) => {
    const bytes = encodeRequestOffer(offer);
    expect(isRequestOffer(bytes)).toBe(true);
    // A broker gives bytes that begin anywhere in a larger buffer.
    const elsewhere = new Uint8Array(bytes.length + 3);
    elsewhere.set(bytes, 3);
    expect(decodeRequestOffer(elsewhere.subarray(3))).toEqual(offer);
  });

  it('is told from the offer of a WebSocket', () => {
    expect(isRequestOffer(Buffer.from('{"id":"x"}'))).toBe(false);
  });

  it('has an answer that is the same after its way', () => {
    const reply = { type: 'sent', listenerId: 'a', listenerKey: 'b|c' } as const;
    expect(decodeRequestReply(encodeRequestReply(reply))).toEqual(reply);
  });
});
