import type { AccessToken } from '@hybridge/sas';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../test/manual-clock.js';
import { TokenRenewal } from './token-renewal.js';

const HOUR = 3_600_000;
const clock = new ManualClock();
const tokenFor = (lifeMs: number, token: string): AccessToken => ({
  token,
  expiresAt: new Date(clock.now() + lifeMs),
});
const getToken = vi.fn<() => Promise<AccessToken>>();
const onToken = vi.fn<(token: AccessToken) => void>();
const onFailure = vi.fn<(cause: unknown) => void>();
const onSchedule = vi.fn<(renewAt: Date) => void>();

let renewal: TokenRenewal;
const start = (current: AccessToken) => {
  renewal = new TokenRenewal({ clock, current, getToken, onToken, onFailure, onSchedule });
};
/** Lets time pass, and lets promises that came due be seen through. */
const advance = async (ms: number, stepMs = ms) => {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(stepMs);
    await new Promise(setImmediate);
  }
};

beforeEach(() => vi.resetAllMocks());
afterEach(() => renewal.stop());

describe('a token', () => {
  it('is renewed when half of its life is over', async () => {
    start(tokenFor(HOUR, 'one'));
    getToken.mockImplementation(async () => tokenFor(HOUR, 'two'));
    expect(onSchedule).toHaveBeenCalledWith(new Date(clock.now() + HOUR / 2));
    await advance(HOUR / 2 - 1);
    expect(getToken).not.toHaveBeenCalled();
    await advance(1);
    expect(onToken).toHaveBeenCalledWith(expect.objectContaining({ token: 'two' }));
  });

  it('is renewed again and again', async () => {
    start(tokenFor(HOUR, 'zero'));
    let count = 0;
    getToken.mockImplementation(async () => {
      count += 1;
      return tokenFor(HOUR, `token ${count}`);
    });
    await advance(3 * HOUR, HOUR / 2);
    expect(onToken).toHaveBeenCalledTimes(6);
  });

  it('is asked for again, less and less often, when there is none', async () => {
    start(tokenFor(HOUR, 'one'));
    getToken.mockRejectedValue(new Error('the vault is closed'));
    await advance(HOUR / 2);
    expect(onFailure).toHaveBeenCalledOnce();
    await advance(1_000);
    await advance(2_000);
    expect(onFailure).toHaveBeenCalledTimes(3);
    getToken.mockImplementation(async () => tokenFor(HOUR, 'two'));
    await advance(4_000);
    expect(onToken).toHaveBeenCalledOnce();
  });

  it('that is always the same is not sent again', async () => {
    const fixed = tokenFor(HOUR, 'fixed');
    start(fixed);
    getToken.mockResolvedValue(fixed);
    await advance(HOUR, 60_000);
    expect(getToken.mock.calls.length).toBeGreaterThan(5);
    expect(onToken).not.toHaveBeenCalled();
  });

  it('that is expired is asked about once a second at most', async () => {
    start(tokenFor(-HOUR, 'old'));
    getToken.mockImplementation(async () => tokenFor(-HOUR, 'old'));
    await advance(10_000, 1_000);
    expect(getToken.mock.calls.length).toBeLessThanOrEqual(10);
  });

  it('is renewed in time although the machine slept', async () => {
    start(tokenFor(24 * HOUR, 'one'));
    getToken.mockImplementation(async () => tokenFor(HOUR, 'two'));
    clock.sleep(13 * HOUR);
    await advance(60_000);
    expect(onToken).toHaveBeenCalledOnce();
  });

  it('is not renewed any more once the channel is gone, even if it was just asked for', async () => {
    start(tokenFor(HOUR, 'one'));
    getToken.mockImplementation(async () => tokenFor(HOUR, 'two'));
    clock.advance(HOUR / 2);
    renewal.stop();
    await advance(HOUR);
    expect(getToken).toHaveBeenCalledOnce();
    expect(onToken).not.toHaveBeenCalled();
  });
});
