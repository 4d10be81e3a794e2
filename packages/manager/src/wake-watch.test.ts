import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WakeWatch } from './wake-watch.js';

const onWake = vi.fn();
let interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>;
let jumpMs: number;

beforeEach(() => {
  vi.useFakeTimers();
  onWake.mockReset();
  interfaces = { lo: [address('127.0.0.1', true)], eth0: [address('10.0.0.7')] };
  jumpMs = 0;
  const watch = new WakeWatch({ onWake, interfaces: () => interfaces, now: () => Date.now() + jumpMs });
  onTestFinished(() => watch.close());
});
afterEach(() => {
  vi.useRealTimers();
});

function address(text: string, internal = false): NetworkInterfaceInfo {
  return { address: text, cidr: `${text}/24`, netmask: '', mac: '', internal, family: 'IPv4' };
}

describe('a machine', () => {
  it('that goes on as it was gives no reason for doubt', () => {
    vi.advanceTimersByTime(60_000);
    expect(onWake).not.toHaveBeenCalled();
  });

  it.each([3_600_000, -3_600_000])('whose clock jumps by %i ms has slept, once', (by) => {
    jumpMs = by;
    vi.advanceTimersByTime(60_000);
    expect(onWake.mock.calls).toEqual([['sleep']]);
  });

  it('that gets another address has another network, once', () => {
    interfaces = { ...interfaces, wlan0: [address('192.0.2.7')] };
    vi.advanceTimersByTime(60_000);
    expect(onWake.mock.calls).toEqual([['network']]);
  });

  it('that lists the same in another order has the same network', () => {
    interfaces = { eth0: interfaces.eth0, lo: [] };
    vi.advanceTimersByTime(60_000);
    expect(onWake).not.toHaveBeenCalled();
  });
});
