import { describe, expect, it } from 'vitest';
import { Arrivals } from './arrivals.js';

describe('arrivals', () => {
  it('are given in order, whether they come before or after somebody asks', async () => {
    const arrivals = new Arrivals<string>();
    const taken: string[] = [];
    arrivals.add('first');
    const taking = (async () => {
      for await (const item of arrivals) taken.push(item);
    })();
    await Promise.resolve();
    arrivals.add('second');
    arrivals.add('third');
    await Promise.resolve();
    arrivals.end();
    await taking;
    expect(taken).toEqual(['first', 'second', 'third']);
  });

  it('are each given to one of several iterators', async () => {
    const arrivals = new Arrivals<number>();
    const [one, two] = [arrivals[Symbol.asyncIterator](), arrivals[Symbol.asyncIterator]()];
    const asked = [one.next(), two.next()];
    arrivals.add(1);
    arrivals.add(2);
    expect(await Promise.all(asked)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ]);
  });

  it('tell their error once when they end with one', async () => {
    const arrivals = new Arrivals<number>();
    const iterator = arrivals[Symbol.asyncIterator]();
    const asked = iterator.next();
    arrivals.end(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('go on after an iterator was left', async () => {
    const arrivals = new Arrivals<number>();
    arrivals.add(1);
    for await (const item of arrivals) {
      expect(item).toBe(1);
      break;
    }
    arrivals.add(2);
    expect(arrivals.size).toBe(1);
  });

  it('that nobody took are given back at the end', () => {
    const arrivals = new Arrivals<number>();
    arrivals.add(1);
    arrivals.add(2);
    arrivals.remove(1);
    expect(arrivals.end()).toEqual([2]);
  });
});
