import { describe, expect, it } from 'vitest';
import { inTurns, type Turns } from './in-turns.js';

/** Measures `a`, `b` and `c`, and notes the order; a figure is the length of the order so far. */
async function run(options: Partial<Turns<string, number>> = {}) {
  const order: string[] = [];
  const failed: string[] = [];
  const results = await inTurns<string, number>({
    subjects: ['a', 'b', 'c'],
    rounds: 3,
    warmUp: false,
    measure: async (subject) => order.push(subject),
    onFailure: (subject) => {
      failed.push(subject);
    },
    ...options,
  });
  return { order: order.join(''), failed, results };
}

describe('subjects that are measured in turns', () => {
  it('begin with another one in each round', async () => {
    expect((await run()).order).toBe('abcbcacab');
  });

  it('each have a figure for each round, in the order of the rounds', async () => {
    const { results } = await run();
    expect([...results]).toEqual([
      ['a', [1, 6, 8]],
      ['b', [2, 4, 9]],
      ['c', [3, 5, 7]],
    ]);
  });

  it('warm up in a round that is not counted', async () => {
    const { order, results } = await run({ warmUp: true, rounds: 1 });
    expect(order).toBe('abcabc');
    expect(results.get('a')).toEqual([4]);
  });

  it('go on without one that failed', async () => {
    const order: string[] = [];
    const { failed, results } = await run({
      measure: async (subject, round) => {
        order.push(subject);
        if (subject === 'b' && round === 1) throw new Error('lost');
        return 1;
      },
    });
    expect(failed).toEqual(['b']);
    expect([...results.keys()]).toEqual(['a', 'c']);
    expect(order.join('')).toBe('abcbcaca');
  });

  it('stop when a failure is one too many', async () => {
    const measure = () => Promise.reject(new Error('lost'));
    const onFailure = (_subject: string, error: unknown) => {
      throw error;
    };
    await expect(run({ measure, onFailure })).rejects.toThrow('lost');
  });
});
