/** A listener's right to be here, with a clock that is turned by hand. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Authorization, Grant } from '../authorization/authorize.js';
import { silentLogger } from '../logger.js';
import { HeldGrant, type HeldGrantOptions } from './held-grant.js';

const HOUR = 3_600_000;

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const grant = (ms: number, name = 'listen'): Grant => ({
  type: 'policy',
  rule: { name, rights: ['Listen'], primaryKey: '', secondaryKey: '' },
  key: 'primary',
  expiresAt: new Date(ms),
});

function held(options: Partial<HeldGrantOptions> = {}) {
  const onLost = vi.fn();
  const right = new HeldGrant(
    {
      ...{ grant: grant(HOUR), clientId: 'printer', trackingId: '', rules: { graceMs: 0 } },
      ...{
        authorize: () => ({ granted: true, grant: grant(2 * HOUR) }),
        now: Date.now,
        logger: silentLogger,
      },
      ...options,
    },
    'channel',
    onLost,
  );
  return { right, onLost };
}

describe('a right to listen', () => {
  it.each([
    ['its client id and policy', 'printer', 'printer|listen'],
    ['its channel, without an id', undefined, 'channel'],
  ])('names the listener by %s', (_, clientId, key) => {
    expect(held({ clientId }).right.listenerKey).toBe(key);
  });

  it.each([
    ['at its expiry', 0, HOUR],
    ['a grace later', 5_000, HOUR + 5_000],
    ['not before, where a timer cannot run as long', 40 * 24 * HOUR, 40 * 24 * HOUR + HOUR],
  ])('is lost %s', (_, graceMs, at) => {
    const { right, onLost } = held({ rules: { graceMs } });
    right.watch();
    vi.advanceTimersByTime(at - 1);
    expect(onLost).not.toHaveBeenCalled();
    // One that runs for weeks may be a second late.
    vi.advanceTimersByTime(1_000);
    expect(onLost).toHaveBeenCalledExactlyOnceWith(expect.stringMatching('ExpiredToken'), { expired: true });
  });

  it('is looked at in whole seconds', () => {
    const { right, onLost } = held({ grant: grant(1_001) });
    right.watch();
    vi.advanceTimersByTime(1_999);
    expect(onLost).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onLost).toHaveBeenCalledOnce();
  });

  it('lasts as long as the token that it was renewed with', async () => {
    const { right, onLost } = held();
    right.watch();
    await right.renew('next');
    vi.advanceTimersByTime(HOUR);
    expect(onLost).not.toHaveBeenCalled();
    vi.advanceTimersByTime(HOUR);
    expect(onLost).toHaveBeenCalledOnce();
  });

  it('takes the later of two renewals, whichever is checked first', async () => {
    const answers: ((answer: Authorization) => void)[] = [];
    const { right } = held({ authorize: () => new Promise((resolve) => answers.push(resolve)) });
    const renewals = [right.renew('old'), right.renew('new')];
    answers[1]!({ granted: true, grant: grant(HOUR, 'new') });
    answers[0]!({ granted: true, grant: grant(HOUR, 'old') });
    await Promise.all(renewals);
    expect(right.listenerKey).toBe('printer|new');
  });

  it.each([
    ['stays when a new token cannot be checked now', 503, 0],
    ['is lost when a new token is refused', 401, 1],
  ])('%s', async (_, status, times) => {
    const refusal = { status, code: '', reason: 'Not this one.' };
    const first = grant(HOUR);
    const { right, onLost } = held({ grant: first, authorize: () => ({ granted: false, refusal }) });
    await right.renew('next');
    expect(right.current).toBe(first);
    expect(onLost.mock.calls).toEqual(Array(times).fill(['Not this one.', { refusal }]));
  });

  it('follows its key to the other place, and is lost with it', () => {
    const { right, onLost } = held();
    right.rekey('secondary');
    expect(right.current).toMatchObject({ key: 'secondary' });
    expect(right.isRevoked).toBe(false);
    right.rekey(undefined);
    expect(right.isRevoked).toBe(true);
    expect(onLost).toHaveBeenCalledExactlyOnceWith(expect.stringMatching('InvalidSignature'));
  });

  it('is nothing any more once its channel has ended', async () => {
    const { right, onLost } = held();
    right.watch();
    const renewal = right.renew('next');
    right.stop();
    await renewal;
    vi.advanceTimersByTime(3 * HOUR);
    expect(right.current.expiresAt).toEqual(new Date(HOUR));
    expect(onLost).not.toHaveBeenCalled();
  });
});
