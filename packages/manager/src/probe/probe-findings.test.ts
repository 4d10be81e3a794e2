import type { Step, TargetStepName } from '@hybridge/diagnosis';
import { describe, expect, it } from 'vitest';
import { Policy } from '../policy/policy.js';
import { findingOf, policyCheck } from './probe-findings.js';

const TARGET = { host: 'sql01.corp.example', port: 1433 };
const step = (name: TargetStepName, more: Partial<Step<TargetStepName>>): Step<TargetStepName> => ({
  ...{ name, outcome: 'ok', durationMs: 0.4, detail: {}, message: 'sql01.corp.example: 10.0.0.7' },
  ...more,
});

const NAME = step('target-dns', {
  detail: { name: 'sql01.corp.example', addresses: ['10.0.0.7', '10.0.0.8'] },
});
const FORBIDDEN = step('target-policy', {
  outcome: 'failed',
  message: 'the policy of this machine forbids sql01.corp.example:1433 (10.0.0.7: no)',
  detail: { allowed: [], refused: [{ address: '10.0.0.7', reason: 'no' }], rule: 'deny: "10.0.0.0/8:*"' },
});
const DIAL = step('target-tcp', {
  outcome: 'failed',
  detail: { name: 'sql01.corp.example', address: '10.0.0.7', port: 1433, code: 'ECONNREFUSED' },
});

describe('what a sender is told of this side', () => {
  it('is kinds, codes, counts and times', () => {
    const told = [NAME, FORBIDDEN, DIAL].map((each) => findingOf(each, TARGET, 'kinds'));
    const same = { type: 'finding', durationMs: 0.4 };
    expect(told).toEqual([
      { ...same, subject: 'dns', outcome: 'ok', count: 2 },
      { ...same, subject: 'policy', outcome: 'failed' },
      { ...same, subject: 'tcp', outcome: 'failed', code: 'ECONNREFUSED' },
    ]);
  });

  it('is names, addresses and reasons too where the configuration says so', () => {
    expect(findingOf(NAME, TARGET, 'full').places).toEqual([
      'sql01.corp.example:1433',
      '10.0.0.7',
      '10.0.0.8',
    ]);
    expect(findingOf(DIAL, TARGET, 'full').places).toEqual(['10.0.0.7:1433']);
    expect(findingOf(FORBIDDEN, TARGET, 'full').reason).toBe(FORBIDDEN.message);
  });

  it('is a code only where that is one of Node, and not what somebody wrote into it', () => {
    const odd = step('target-tcp', { outcome: 'failed', detail: { code: 'sql01 down' } });
    expect(findingOf(odd, TARGET, 'kinds')).not.toHaveProperty('code');
  });
});

describe('the policy, asked about an address of a target', () => {
  it('answers with its sentence, or with nothing', () => {
    const check = policyCheck(() => new Policy(undefined, 'it cannot be read'));
    expect(check('sql01', '10.0.0.7', 1433)).toBe('it cannot be read');
    expect(policyCheck(() => new Policy())('sql01', '10.0.0.7', 1433)).toBeUndefined();
  });
});
