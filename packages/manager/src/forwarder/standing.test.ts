/** What is said of where a forwarder stands. */
import { describe, expect, it } from 'vitest';
import type { ConnectionConfig } from '../config/manager-config.js';
import type { ConnectionState } from '../status/connection-status.js';
import { Standing } from './standing.js';

const AT = new Date(0);
const BROKEN = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const VIOLATION = { at: AT, during: 'registration', rule: 'deny: "*:22"', message: 'Not there.' } as const;

function stand() {
  const told: ConnectionState[] = [];
  const config = { namespace: 'corp.example', hybridConnection: 'sql', connectionString: '' };
  const standing = new Standing(
    () => config as ConnectionConfig,
    (state) => told.push(state),
  );
  return { standing, told };
}

describe('where a forwarder stands', () => {
  it('is told with what to do about it', () => {
    const { standing, told } = stand();
    standing.failed('waiting', BROKEN, AT);
    expect(told).toEqual([
      { name: 'waiting', retryAt: AT, because: BROKEN, advice: expect.stringMatching(/\w/) },
    ]);
  });

  it('has what went wrong before while it is tried again, and not once that is settled', () => {
    const { standing } = stand();
    standing.failed('waiting', BROKEN, AT);
    standing.resolving(2);
    expect(standing.state).toMatchObject({ name: 'resolving', attempt: 2, because: BROKEN });
    expect(standing.worded({ name: 'connecting', attempt: 2 })).toMatchObject({ because: BROKEN });
    standing.move({ name: 'online', since: AT });
    expect(standing.worded({ name: 'connecting', attempt: 1 })).not.toHaveProperty('because');
  });

  it('has nothing from before when it is told to do something else', () => {
    const { standing } = stand();
    standing.failed('waiting', BROKEN, AT);
    standing.forget();
    standing.resolving(1);
    expect(standing.state).toEqual({ name: 'resolving', attempt: 1 });
  });

  it.each<[string, (standing: Standing) => void]>([
    ['refused', (standing) => standing.failed('refused', BROKEN, AT)],
    ['blocked', (standing) => standing.blocked(VIOLATION, AT)],
    ['discontinued', (standing) => standing.discontinued('It is retired.', BROKEN, AT)],
  ])('stays %s while it is looked at again', (name, become) => {
    const { standing, told } = stand();
    become(standing);
    standing.resolving(2);
    expect(told.map((state) => state.name)).toEqual([name]);
  });

  it('knows by what it is blocked', () => {
    const { standing } = stand();
    standing.blocked(VIOLATION, undefined);
    expect(standing.state).not.toHaveProperty('retryAt');
    expect(standing.isBlockedBy({ ...VIOLATION, at: new Date() })).toBe(true);
    expect(standing.isBlockedBy({ ...VIOLATION, message: 'Nor there.' })).toBe(false);
  });
});
