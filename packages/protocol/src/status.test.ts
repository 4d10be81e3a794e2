import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasonPhrase, refusals, sanitizeReason } from './status.js';

const tracking = {
  trackingId: '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa_G12',
  systemTracker: 'sb://ns.example/hyco',
  timestamp: new Date('2025-01-02T03:04:05.678Z'),
};

describe('a refusal', () => {
  // Fragments that clients and their tests look for. docs/protocol.md, section 2.2.
  it.each([
    [refusals.endpointDoesNotExist('hyco'), 404, 'Endpoint does not exist', 'hyco'],
    [refusals.noListeners('hyco'), 404, 'There are no listeners connected for the endpoint.', 'hyco'],
    [
      refusals.noListenerAccepted(),
      504,
      'None of the connected listeners accepted the connection within the allowed timeout',
      '',
    ],
    [refusals.invalidSignature('hyco'), 401, 'token has an invalid signature', 'hyco'],
    [
      refusals.invalidAudience('hyco'),
      401,
      'InvalidAudience: The authorization header contains a token with a wrong audience.',
      'hyco',
    ],
    [refusals.expiredToken('hyco'), 401, 'ExpiredToken', 'hyco'],
    [refusals.missingToken('hyco'), 401, 'token', 'hyco'],
    [refusals.malformedToken('hyco'), 401, 'MalformedToken', 'hyco'],
    [refusals.forbidden('Listen', 'hyco'), 403, "'Listen'", 'hyco'],
    [refusals.tooManyListeners('hyco'), 503, 'MaximumListenersPerEndpoint', 'QuotaExceeded'],
    [refusals.badRequest('no id'), 400, 'no id', ''],
    [refusals.busy('draining'), 503, 'draining', ''],
    [refusals.rendezvousGone(), 403, 'used', ''],
    [refusals.internal(), 500, 'unable', ''],
    [refusals.notWebSocket(), 426, 'WebSocket', ''],
  ])('%# is worded as clients expect', (refusal, status, fragment, other) => {
    const phrase = reasonPhrase(refusal, tracking);
    expect(refusal.status).toBe(status);
    expect(phrase).toContain(fragment);
    expect(phrase).toContain(other);
    expect(phrase).toMatch(
      / TrackingId:5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa_G12, SystemTracker:sb:\/\/ns\.example\/hyco, Timestamp:2025-01-02T03:04:05$/,
    );
  });

  it('has a code of its own for every case', () => {
    const make = Object.values(refusals) as ((...texts: string[]) => { code: string })[];
    const codes = make.map((refusal) => refusal('x', 'x').code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('by the listener is passed on in the listener’s words, nothing added', () => {
    expect(reasonPhrase(refusals.rejectedByListener(404, 'No such tenant'), tracking)).toBe('No such tenant');
  });

  it.each([
    [200, '', 400, 'Rejected by user code'],
    [599, 'a\r\nSet-Cookie: b', 599, 'a Set-Cookie: b'],
    [0, 'grün', 400, 'gr?n'],
  ])('by the listener with %i %j becomes %i %j', (status, description, sentStatus, reason) => {
    expect(refusals.rejectedByListener(status, description)).toMatchObject({ status: sentStatus, reason });
  });

  it('that was delivered is 410 Gone for the listener', () => {
    expect(refusals.rejectDelivered().status).toBe(410);
    expect(reasonPhrase(refusals.rejectDelivered(), tracking)).toBe('Gone');
  });
});

describe('a reason phrase', () => {
  it('keeps its tracking part however long the sentence and the name are', () => {
    const phrase = reasonPhrase(refusals.badRequest('x'.repeat(5_000)), {
      ...tracking,
      systemTracker: `sb://ns.example/${'n'.repeat(5_000)}`,
    });
    expect(phrase.length).toBeLessThanOrEqual(512);
    expect(phrase).toMatch(/^Bad request: x+ TrackingId:5b0d.*Timestamp:2025-01-02T03:04:05$/);
  });

  it('is one line of printable ASCII of at most 512 characters, whatever goes in', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      maxLength: 900,
    });
    fc.assert(
      fc.property(text, text, text, (why, trackingId, systemTracker) => {
        const phrase = reasonPhrase(refusals.badRequest(why), { ...tracking, trackingId, systemTracker });
        expect(phrase).toMatch(/^[\x20-\x7e]{1,512}$/);
        expect(sanitizeReason(why)).toMatch(/^[\x20-\x7e]{0,512}$/);
        expect(sanitizeReason(sanitizeReason(why))).toBe(sanitizeReason(why));
      }),
    );
  });
});
