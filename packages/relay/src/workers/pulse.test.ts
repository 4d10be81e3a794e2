import { describe, expect, it } from 'vitest';
import { Pulse } from './pulse.js';

function pulse(silenceMs: number) {
  const seen = { asked: 0, silent: [] as number[] };
  const of = new Pulse({
    silenceMs,
    ask: () => {
      seen.asked += 1;
    },
    onSilent: (ms) => seen.silent.push(ms),
  });
  const beat = (times: number) => {
    for (let n = 0; n < times; n += 1) of.beat();
  };
  return { seen, beat, of };
}

describe('the pulse of a worker', () => {
  it('asks with every beat, and is content as long as there are answers', () => {
    const { seen, beat, of } = pulse(15_000);
    for (let n = 0; n < 100; n += 1) {
      beat(15);
      of.heard();
    }
    expect(seen).toEqual({ asked: 1_500, silent: [] });
  });

  it('tells once when none came for as long as it may be silent', () => {
    const { seen, beat } = pulse(15_000);
    beat(15);
    expect(seen).toEqual({ asked: 15, silent: [] });
    beat(1);
    expect(seen).toEqual({ asked: 15, silent: [15_000] });
  });

  it('has ten beats for a short patience, too', () => {
    const { seen, beat } = pulse(500);
    beat(10);
    expect(seen.silent).toEqual([]);
    beat(1);
    expect(seen.silent).toEqual([500]);
  });

  it('calls it silence from the third beat on', () => {
    const { beat, of } = pulse(15_000);
    beat(2);
    expect(of.silentMs).toBe(0);
    beat(1);
    expect(of.silentMs).toBe(3_000);
    of.heard();
    expect(of.silentMs).toBe(0);
  });
});
