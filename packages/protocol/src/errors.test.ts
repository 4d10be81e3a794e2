import { describe, expect, it } from 'vitest';
import {
  isRelayError,
  RelayError,
  type RelayErrorCode,
  type RelayErrorOptions,
  relayErrorFromResponse,
  socketErrorCode,
} from './errors.js';

const guid = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';
const tail = `TrackingId:${guid}_G12, SystemTracker:sb://ns.example/hyco, Timestamp:2025-01-02T03:04:05`;

describe('a refused handshake', () => {
  it.each<[number, string, RelayErrorCode, string]>([
    [
      401,
      `InvalidSignature: The token has an invalid signature. ${tail}`,
      'ERR_RELAY_UNAUTHORIZED',
      'EACCES',
    ],
    [401, `Ip has been prevented to connect to the endpoint. ${tail}`, 'ERR_RELAY_FORBIDDEN', 'EACCES'],
    [403, `Forbidden. ${tail}`, 'ERR_RELAY_FORBIDDEN', 'EACCES'],
    [403, `QuotaExceeded: MaximumListenersPerEndpoint. ${tail}`, 'ERR_RELAY_BUSY', 'ECONNREFUSED'],
    [404, `Endpoint does not exist. ${tail}`, 'ERR_RELAY_ENDPOINT_NOT_FOUND', 'ENOTFOUND'],
    [404, '', 'ERR_RELAY_ENDPOINT_NOT_FOUND', 'ENOTFOUND'],
    [
      404,
      `There are no listeners connected for the endpoint. ${tail}`,
      'ERR_RELAY_NO_LISTENER',
      'ECONNREFUSED',
    ],
    [
      404,
      'None of the connected listeners meet the AllowedListeners/DisallowedListeners criteria',
      'ERR_RELAY_NO_LISTENER',
      'ECONNREFUSED',
    ],
    [
      404,
      `None of the connected listeners accepted the connection within the allowed timeout. ${tail}`,
      'ERR_RELAY_TIMEOUT',
      'ETIMEDOUT',
    ],
    [504, 'Gateway Timeout', 'ERR_RELAY_TIMEOUT', 'ETIMEDOUT'],
    [408, 'Request Timeout', 'ERR_RELAY_TIMEOUT', 'ETIMEDOUT'],
    [503, 'Service Unavailable', 'ERR_RELAY_BUSY', 'ECONNREFUSED'],
    [429, 'Too Many Requests', 'ERR_RELAY_BUSY', 'ECONNREFUSED'],
    [400, 'Rejected by user code', 'ERR_RELAY_REJECTED', 'ECONNREFUSED'],
    [502, 'Bad Gateway', 'ERR_RELAY_REJECTED', 'ECONNREFUSED'],
    [500, '', 'ERR_RELAY_REJECTED', 'ECONNREFUSED'],
    [200, 'OK', 'ERR_RELAY_REJECTED', 'ECONNREFUSED'],
    [502, 'ENOTFOUND: the name of the target is not known', 'ERR_RELAY_TARGET', 'ENOTFOUND'],
    [504, 'ETIMEDOUT: the target did not answer in time', 'ERR_RELAY_TARGET', 'ETIMEDOUT'],
  ])('with %i %j is %s, on a socket %s', (status, reason, code, socketCode) => {
    const error = relayErrorFromResponse(status, reason);
    expect(error).toMatchObject({ name: 'RelayError', code, status });
    expect(socketErrorCode(error)).toBe(socketCode);
  });

  it.each([
    [`x. TrackingId:${guid}, SystemTracker:y`, guid],
    [`x. TrackingId:${guid}_G12, SystemTracker:y`, `${guid}_G12`],
    [`x. TrackingId:${guid}_G3_G9.`, `${guid}_G3_G9`],
    [`x. trackingid: ${guid}`, guid],
    [`TrackingId:${guid}`, guid],
    ['x', undefined],
    ['TrackingId:', undefined],
  ])('with the reason %j has the tracking id %s', (reason, trackingId) => {
    expect(relayErrorFromResponse(404, reason).trackingId).toBe(trackingId);
  });

  it('keeps the relay’s sentence in the message, and the tracking part out of it', () => {
    expect(
      relayErrorFromResponse(404, `There are no listeners connected for the endpoint. ${tail}`).message,
    ).toBe(
      'No listener is connected to this hybrid connection: start one (404 There are no listeners connected for the endpoint.)',
    );
  });

  it('is also understood by its body, as HTTP senders get it', () => {
    const body = JSON.stringify({
      error: { code: 'TokenMissingOrInvalid', message: `Token missing. TrackingId:${guid}` },
    });
    expect(relayErrorFromResponse(401, '', body)).toMatchObject({
      code: 'ERR_RELAY_UNAUTHORIZED',
      trackingId: guid,
      message: expect.stringContaining('(401 Token missing.)'),
    });
    expect(
      relayErrorFromResponse(404, 'Not Found', 'There are no listeners connected for the endpoint.').code,
    ).toBe('ERR_RELAY_NO_LISTENER');
  });

  it.each(['', '<html><h1>404</h1>', '{"error":{}}', 'null'])(
    'says the status alone when the body is %j',
    (body) => {
      expect(relayErrorFromResponse(500, '', body).message).toMatch(/\(500( null)?\)$/);
    },
  );

  it('repeats no signature and no control character of the answer', () => {
    const error = relayErrorFromResponse(
      401,
      'bad token SharedAccessSignature sr=x&sig=c2VjcmV0%3D&se=1\r\n\u001b[31m',
    );
    expect(error.message).not.toContain('c2VjcmV0');
    expect(error.message).toMatch(/^[\x20-\x7e…]*$/);
  });
});

describe('the code for a socket', () => {
  it.each<[RelayErrorCode, string]>([
    ['ERR_RELAY_CUT', 'ECONNRESET'],
    ['ERR_RELAY_PROTOCOL', 'ECONNRESET'],
    ['ERR_RELAY_CLOSED', 'ECONNRESET'],
    ['ERR_RELAY_ARGUMENT', 'EINVAL'],
    ['ERR_RELAY_TARGET', 'ECONNREFUSED'],
  ])('of %s is %s', (code, socketCode) => {
    expect(socketErrorCode(new RelayError(code, 'x'))).toBe(socketCode);
  });

  it.each<[string, RelayErrorOptions]>([
    ['EACCES', { status: 407 }],
    ['EACCES', { status: 401 }],
    ['ECONNREFUSED', { status: 403 }],
    ['ECONNREFUSED', { status: 502 }],
    ['ETIMEDOUT', { status: 504 }],
    ['ECONNREFUSED', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }],
    ['ETIMEDOUT', { cause: new DOMException('x', 'TimeoutError') }],
    ['ECONNRESET', {}],
  ])('is %s for a proxy that failed with %j', (code, options) => {
    expect(socketErrorCode(new RelayError('ERR_RELAY_PROXY', 'x', options))).toBe(code);
  });

  it('of an error from Node is the one it has', () => {
    expect(socketErrorCode(Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }))).toBe(
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    );
  });

  it.each([
    ['ABORT_ERR', AbortSignal.abort().reason],
    ['ETIMEDOUT', new DOMException('x', 'TimeoutError')],
    ['ECONNRESET', new Error('x')],
    ['ECONNRESET', 'x'],
    ['ECONNRESET', undefined],
  ])('is %s for %s', (code, error) => {
    expect(socketErrorCode(error)).toBe(code);
  });
});

describe('a relay error', () => {
  it('is known by its code, of whichever copy of the package it is', () => {
    expect(isRelayError(new RelayError('ERR_RELAY_CUT', 'x'))).toBe(true);
    expect(isRelayError(Object.assign(new Error('x'), { code: 'ERR_RELAY_CUT' }))).toBe(true);
    expect(isRelayError(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).toBe(false);
    expect(isRelayError(Object.assign(new Error('x'), { code: 'toString' }))).toBe(false);
    expect(isRelayError({ code: 'ERR_RELAY_CUT' })).toBe(false);
    expect(isRelayError(null)).toBe(false);
  });

  it('keeps its cause', () => {
    const cause = new Error('below');
    expect(new RelayError('ERR_RELAY_CUT', 'x', { cause, closeCode: 1011 })).toMatchObject({
      cause,
      closeCode: 1011,
    });
  });
});
