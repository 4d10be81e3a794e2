import { describe, expect, it } from 'vitest';
import { relayErrorFromResponse } from './errors.js';
import { httpErrorBody, httpRefusals } from './http-refusals.js';
import { refusals } from './status.js';

const tracking = {
  trackingId: '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa',
  systemTracker: 'sb://contoso.example.net/hyco',
  timestamp: new Date('2025-01-02T03:04:05.678Z'),
};
const TAIL =
  'TrackingId:5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa, SystemTracker:sb://contoso.example.net/hyco, Timestamp:2025-01-02T03:04:05';

describe('the body of a refused HTTP request', () => {
  it('is the live service’s JSON', () => {
    expect(JSON.parse(httpErrorBody(httpRefusals.gatewayTimeout(), tracking))).toEqual({
      error: {
        code: 'GatewayTimeout',
        message: `The request was routed to the listener but the listener did not respond in the required time. ${TAIL}`,
      },
    });
  });

  it('has one word for all that can be wrong with a token', () => {
    for (const refusal of [refusals.missingToken('hyco'), refusals.invalidSignature('hyco')]) {
      expect(JSON.parse(httpErrorBody(refusal, tracking))).toEqual({
        error: { code: 'TokenMissingOrInvalid', message: `${refusal.reason} ${TAIL}` },
      });
    }
  });

  it.each([
    [httpRefusals.noListeners('hyco'), 502, 'ERR_RELAY_NO_LISTENER'],
    [httpRefusals.gatewayTimeout(), 504, 'ERR_RELAY_TIMEOUT'],
    [httpRefusals.listenerGone(), 502, 'ERR_RELAY_REJECTED'],
    [refusals.endpointDoesNotExist('hyco'), 404, 'ERR_RELAY_ENDPOINT_NOT_FOUND'],
    [refusals.missingToken('hyco'), 401, 'ERR_RELAY_UNAUTHORIZED'],
  ])('tells a client what it needs to know (%#)', (refusal, status, code) => {
    expect(refusal.status).toBe(status);
    expect(relayErrorFromResponse(status, '', httpErrorBody(refusal, tracking))).toMatchObject({
      code,
      trackingId: tracking.trackingId,
    });
  });
});
