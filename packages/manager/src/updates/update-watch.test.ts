import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { UpdateNotice } from '../service/api.js';
import { UpdateWatch, type UpdateWatchOptions } from './update-watch.js';

const HOUR_MS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 2) });
});
afterEach(() => {
  vi.useRealTimers();
});

function watching(changes: Partial<UpdateWatchOptions> = {}) {
  const told: UpdateNotice[] = [];
  const failures: string[] = [];
  const ask = vi.fn(async () => '1.1.0');
  const watch = new UpdateWatch({
    ...{ current: '1.0.0', options: { url: 'http://x/', everyHours: 24 }, transport: {}, env: {} },
    ...{ isAllowed: () => true, onNewer: (notice) => told.push(notice) },
    ...{ onFailure: ({ message }) => failures.push(message), ask },
    ...changes,
  });
  onTestFinished(() => watch.close());
  watch.start();
  return { watch, told, failures, ask };
}

describe('a look for a newer version', () => {
  it('is not taken in the first minutes, and then once a day', async () => {
    const { watch, ask, told } = watching();
    await vi.advanceTimersByTimeAsync(HOUR_MS / 6 - 1);
    expect(ask).not.toHaveBeenCalled();
    expect(watch.notice).toBeUndefined();
    await vi.advanceTimersByTimeAsync(23 * HOUR_MS);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(watch.notice).toMatchObject({ current: '1.0.0', latest: '1.1.0', isNewer: true });
    await vi.advanceTimersByTimeAsync(7 * 24 * HOUR_MS);
    expect(ask.mock.calls.length).toBeGreaterThanOrEqual(7);
    expect(ask.mock.calls.length).toBeLessThanOrEqual(8);
    // One and the same version is said once.
    expect(told).toHaveLength(1);
  });

  it('says nothing when there is none', async () => {
    const { watch, told } = watching({ ask: async () => '1.0.0' });
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(watch.notice).toMatchObject({ latest: '1.0.0', isNewer: false });
    expect(told).toEqual([]);
  });

  it('that fails is not taken again before the next day', async () => {
    const ask = vi.fn(() => Promise.reject(new Error('no way there')));
    const { watch, failures } = watching({ ask });
    await vi.advanceTimersByTimeAsync(20 * HOUR_MS);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(failures).toEqual(['no way there']);
    expect(watch.notice).toBeUndefined();
  });

  it.each<[string, Partial<UpdateWatchOptions>]>([
    ['the configuration', { options: { url: undefined, everyHours: 24 } }],
    ['the environment', { env: { HYBRIDGE_NO_UPDATE_CHECK: '1' } }],
    ['the policy', { isAllowed: () => false }],
  ])('is not taken where %s is against it', async (_what, changes) => {
    const { watch, ask } = watching(changes);
    await vi.advanceTimersByTimeAsync(48 * HOUR_MS);
    expect(ask).not.toHaveBeenCalled();
    expect(watch.isOn).toBe(false);
  });

  it('ends, and with it what was found, when the policy comes to be against it', async () => {
    let isAllowed = true;
    const { watch, ask } = watching({ isAllowed: () => isAllowed });
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    isAllowed = false;
    expect(watch.notice).toBeUndefined();
    await vi.advanceTimersByTimeAsync(48 * HOUR_MS);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('goes where changed settings say', async () => {
    const { watch, ask } = watching({ options: { url: undefined, everyHours: 24 } });
    watch.change({ url: 'http://y/', everyHours: 48 }, { proxy: false });
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(ask).toHaveBeenCalledWith({ url: 'http://y/', transport: { proxy: false } });
  });

  it('is not taken again because of a restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'manager-updates-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true }));
    const checkedAt = new Date(Date.now() - HOUR_MS).toISOString();
    writeFileSync(join(dataDir, 'update.json'), JSON.stringify({ checkedAt, latest: '1.1.0' }));
    const { watch, ask, told } = watching({ dataDir });
    expect(watch.notice).toMatchObject({ latest: '1.1.0', checkedAt });
    expect(told).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(22 * HOUR_MS);
    expect(ask).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(ask).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
    await expect
      .poll(() => !readFileSync(join(dataDir, 'update.json'), 'utf8').includes(checkedAt))
      .toBe(true);
  });

  it.each(['', 'null', '{"checkedAt":"2999-01-01T00:00:00Z","latest":"9.9.9"}', '{"latest":"9.9.9"}'])(
    'is taken as if for the first time when what was kept is %j',
    async (text) => {
      const dataDir = mkdtempSync(join(tmpdir(), 'manager-updates-'));
      onTestFinished(() => rmSync(dataDir, { recursive: true }));
      writeFileSync(join(dataDir, 'update.json'), text);
      const { watch, ask } = watching({ dataDir });
      expect(watch.notice).toBeUndefined();
      await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
      expect(ask).toHaveBeenCalledTimes(1);
    },
  );
});
