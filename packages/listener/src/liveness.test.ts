import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../test/manual-clock.js';
import { Liveness } from './liveness.js';

const clock = new ManualClock();
const ping = vi.fn<(payload: string) => void>();
const dead = vi.fn<(silentForMs: number) => void>();
const watch = () => new Liveness({ clock, pingIntervalMs: 10_000, livenessTimeoutMs: 20_000, ping, dead });

let liveness: Liveness;
afterEach(() => {
  liveness.stop();
  vi.resetAllMocks();
});

describe('a quiet control channel', () => {
  it('is pinged, and lives as long as it answers', () => {
    liveness = watch();
    ping.mockImplementation((payload) => liveness.heard(payload));
    clock.advance(300_000);
    expect(ping).toHaveBeenCalledTimes(30);
    expect(dead).not.toHaveBeenCalled();
  });

  it('lives as long as the relay sends anything at all', () => {
    liveness = watch();
    for (let i = 0; i < 10; i += 1) {
      clock.advance(19_000);
      liveness.heard();
    }
    expect(dead).not.toHaveBeenCalled();
  });

  it('is dead after the time without a frame, and is told so once', () => {
    liveness = watch();
    clock.advance(19_999);
    expect(dead).not.toHaveBeenCalled();
    clock.advance(100_000);
    expect(dead.mock.calls).toEqual([[20_000]]);
  });

  it('is left alone once it is no longer watched', () => {
    liveness = watch();
    liveness.stop();
    clock.advance(100_000);
    expect(ping).not.toHaveBeenCalled();
    expect(dead).not.toHaveBeenCalled();
  });
});

describe('a control channel of a machine that slept', () => {
  it('is asked at once when the machine wakes up', () => {
    liveness = watch();
    clock.sleep(3_600_000);
    expect(ping).toHaveBeenCalledOnce();
  });

  it('lives if it answers that question', () => {
    liveness = watch();
    clock.sleep(3_600_000);
    liveness.heard('1');
    clock.advance(15_000);
    expect(dead).not.toHaveBeenCalled();
  });

  it('is dead if only what was sent before the sleep arrives', () => {
    liveness = watch();
    clock.sleep(3_600_000);
    liveness.heard();
    clock.advance(3_000);
    expect(dead).toHaveBeenCalledOnce();
  });

  it('is asked as well when the clock was set back', () => {
    liveness = watch();
    clock.set(-3_600_000);
    clock.advance(5_000);
    expect(ping).toHaveBeenCalledOnce();
  });
});

describe('a control channel that is doubted', () => {
  it('is asked at once, and lives if it answers that question', () => {
    liveness = watch();
    clock.advance(1_000);
    liveness.probe();
    expect(ping).toHaveBeenCalledOnce();
    liveness.heard('1');
    clock.advance(15_000);
    expect(dead).not.toHaveBeenCalled();
  });

  it('is dead after three seconds if anything else is all that comes', () => {
    liveness = watch();
    liveness.probe();
    liveness.heard();
    clock.advance(2_999);
    expect(dead).not.toHaveBeenCalled();
    clock.advance(1);
    expect(dead).toHaveBeenCalledOnce();
  });

  it('is not asked any more once it is dead', () => {
    liveness = watch();
    clock.advance(20_000);
    ping.mockClear();
    liveness.probe();
    clock.advance(60_000);
    expect(ping).not.toHaveBeenCalled();
    expect(dead).toHaveBeenCalledOnce();
  });
});
