import { describe, expect, it } from 'vitest';
import { Punctuality } from './punctuality.js';

describe('a listener that does not come when it is called', () => {
  it('is passed over after the second time in a row', () => {
    const record = new Punctuality(() => 0);
    expect(record.missed()).toBe(false);
    expect(record.isPassedOver).toBe(false);
    expect(record.missed()).toBe(true);
    expect(record.passedOverUntil).toEqual(new Date(30_000));
    expect(record.missed()).toBe(false);
  });

  it('is as good as any when it comes', () => {
    const record = new Punctuality(() => 0);
    record.missed();
    record.missed();
    record.came();
    expect(record.isPassedOver).toBe(false);
    record.missed();
    expect(record.isPassedOver).toBe(false);
  });

  it('is called once after a while, as a trial', () => {
    let now = 0;
    const record = new Punctuality(() => now);
    record.missed();
    record.missed();
    now = 30_000;
    expect(record.isPassedOver).toBe(false);
    record.called();
    expect(record.isPassedOver).toBe(true);
    record.came();
    expect(record.isPassedOver).toBe(false);
  });

  it('waits longer each time, but not for ever', () => {
    let now = 0;
    const record = new Punctuality(() => now);
    record.missed();
    record.missed();
    const pauses = [];
    for (let trial = 0; trial < 7; trial += 1) {
      const until = record.passedOverUntil!.getTime();
      pauses.push(until - now);
      now = until;
      record.missed();
    }
    expect(pauses).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
  });
});
