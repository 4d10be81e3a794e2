/**
 * Failures in words, without taking steps.
 * @module
 */
import { RelayError, relayErrorFromResponse } from '@hybridge/protocol';
import { describe, expect, it } from 'vitest';
import { explain } from './explain.js';

const RELAY = {
  to: 'relay',
  host: 'relay.test:8443',
  path: 'db',
  right: 'listen',
  policy: 'defaultListener',
} as const;
const TARGET = { to: 'target', host: 'sql01', port: 1433 } as const;
const node = (code: string) => Object.assign(new Error(code), { code });

describe('a failure', () => {
  it.each([
    ['a name', node('ENOTFOUND'), RELAY, /^relay\.test has no address/, /spelling of Endpoint/],
    ['a refusal', node('ECONNREFUSED'), RELAY, /^relay\.test:8443 refuses/, /is the relay running/],
    ['a certificate', node('SELF_SIGNED_CERT_IN_CHAIN'), RELAY, /not accepted here/, /--system-ca/],
    [
      'a wrong key',
      relayErrorFromResponse(401, 'InvalidSignature: The token has an invalid signature.'),
      RELAY,
      /wrong key, or unknown policy.*defaultListener/,
      /rolled/,
    ],
    ['a right', relayErrorFromResponse(403, 'no'), RELAY, /lacks the right Listen/, /defaultListener/],
    [
      'a proxy',
      new RelayError('ERR_RELAY_PROXY', 'the proxy wants credentials', { status: 407 }),
      RELAY,
      /wants credentials/,
      /user and password/,
    ],
    [
      'a relay that is gone',
      new RelayError('ERR_RELAY_CUT', 'cannot be reached', { cause: node('ECONNREFUSED') }),
      RELAY,
      /^cannot be reached$/,
      /is the relay running/,
    ],
    [
      'a relay that is silent',
      new RelayError('ERR_RELAY_CUT', 'Nothing was heard'),
      RELAY,
      /^Nothing was heard$/,
      /hangs, or the network/,
    ],
    [
      'a relay that does not answer',
      new RelayError('ERR_RELAY_TIMEOUT', 'did not answer'),
      RELAY,
      /^did not answer$/,
      /hangs, or the network/,
    ],
    [
      'a relay that goes away',
      new RelayError('ERR_RELAY_CLOSED', 'going away'),
      RELAY,
      /^going away$/,
      /by itself/,
    ],
    ["a target's name", node('ENOTFOUND'), TARGET, /^sql01 has no address/, /nslookup/],
    ['a silent target', node('ETIMEDOUT'), TARGET, /sql01:1433 did not answer within 10000 ms/, /firewall/],
  ])('of %s says what it is and what to do', (_, error, context, message, advice) => {
    const words = explain(error, context);
    expect(words.message).toMatch(message);
    expect(words.advice).toMatch(advice);
  });

  it('that is no error of anybody is worded too, in one line', () => {
    expect(explain('x\ny', { ...TARGET, host: 'a\u001b[31m' }).message).toBe(
      'a [31m:1433 could not be reached (UNKNOWN)',
    );
  });
});
