import { describe, expect, it } from 'vitest';
import { rejectAddress } from './rendezvous.js';
import { refusals } from './status.js';
import { describeTargetFailure, parseTargetFailure } from './target-failure.js';
import { parseUpgradeTarget } from './upgrade-target.js';

const failure = (code: unknown) => Object.assign(new Error('connect X db01.corp.example:1433'), { code });

describe('a target that cannot be reached', () => {
  it.each([
    ['ECONNREFUSED', 502],
    ['ECONNRESET', 502],
    ['ENOTFOUND', 502],
    ['EAI_AGAIN', 502],
    ['EHOSTUNREACH', 502],
    ['ENETUNREACH', 502],
    ['EACCES', 502],
    ['ENOENT', 502],
    ['ETIMEDOUT', 504],
  ])('with %s is told to the sender under %i, and read back', (code, status) => {
    const told = describeTargetFailure(failure(code));
    expect(told.status).toBe(status);
    expect(parseTargetFailure(told.status, told.description)).toEqual({ code });
  });

  it.each([
    failure('ERR_TLS_CERT_ALTNAME_INVALID'),
    failure(20),
    failure('toString'),
    new Error('x'),
    'x',
    null,
    undefined,
  ])('for a reason of another kind counts as unreachable (%#)', (error) => {
    expect(describeTargetFailure(error)).toEqual({
      status: 502,
      description: 'EHOSTUNREACH: the target could not be reached',
    });
  });

  it('is not named', () => {
    expect(describeTargetFailure(failure('ECONNREFUSED')).description).not.toContain('db01');
  });

  it('survives the reject and the relay’s status line', () => {
    const told = describeTargetFailure(failure('ETIMEDOUT'));
    const dialled = rejectAddress('/$hc/hyco?sb-hc-action=accept&sb-hc-rv=x', told.status, told.description);
    const { status, description } = parseUpgradeTarget(dialled).reject!;
    const refusal = refusals.rejectedByListener(status, description);
    expect(parseTargetFailure(refusal.status, refusal.reason)).toEqual({ code: 'ETIMEDOUT' });
  });

  it.each([
    [400, 'ECONNREFUSED: no'],
    [502, 'Bad Gateway'],
    [502, ''],
    [502, 'ECONNREFUSED'],
    [502, 'EVIL: no'],
    [502, 'constructor: no'],
    [502, ' ECONNREFUSED: no'],
    [502, "The Listener's custom AcceptHandler threw an exception. See Listener logs for details."],
    [504, 'None of the connected listeners accepted the connection within the allowed timeout.'],
  ])('is not seen in %i %j', (status, reason) => {
    expect(parseTargetFailure(status, reason)).toBeUndefined();
  });
});
