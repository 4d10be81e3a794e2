import { describe, expect, it } from 'vitest';
import { type EntityCounts, NO_COUNTS } from './counts.js';
import { RunLengths } from './run-lengths.js';
import { TimeSeries } from './time-series.js';

const MINUTE = 60_000;
const START = 1_000 * MINUTE;
const counts = (hybridConnection: string, some: Partial<EntityCounts>): EntityCounts => ({
  ...NO_COUNTS,
  namespace: 'contoso',
  hybridConnection,
  ...some,
});

describe('a row of numbers', () => {
  it('gives each number back, and keeps only changes', () => {
    const row = new RunLengths();
    const numbers = [0, 0, 3, 3, 3, 0, 1, 1];
    for (const [step, value] of numbers.entries()) row.set(step, value);
    expect(numbers.map((_, step) => row.at(step))).toEqual(numbers);
    expect(row.size).toBe(3);
  });

  it('forgets, and knows what still holds', () => {
    const row = new RunLengths();
    row.set(1, 5);
    row.set(4, 6);
    row.set(9, 0);
    expect(row.forgetBefore(6)).toBe(1);
    expect([6, 8, 9].map((step) => row.at(step))).toEqual([6, 6, 0]);
    expect(row.forgetBefore(9)).toBe(2);
    expect(row.size).toBe(0);
  });
});

describe('the series of a relay', () => {
  it('show levels as they were and growth by steps, and nothing where nothing is known', () => {
    const series = new TimeSeries();
    series.sample(START, [counts('sql', { senderSuccess: 10 })]);
    series.sample(START + 2_000, [counts('sql', { senderSuccess: 11 })]);
    series.sample(START + 5_000, [counts('sql', { senderSuccess: 13, connections: 2 })]);
    series.sample(START + 10_000, [counts('sql', { senderSuccess: 13, connections: 1 })]);
    const answer = series.query({ namespace: 'CONTOSO', hybridConnection: 'sql' }, 1, START + 10_000);
    expect(answer).toMatchObject({ stepMs: 5_000, points: 12, from: new Date(START - 50_000).toISOString() });
    expect(answer.metrics['SenderConnections-Success'].slice(-3)).toEqual([null, 3, 0]);
    expect(answer.metrics.ActiveConnections.slice(-3)).toEqual([null, 2, 1]);
  });

  it('have a minute a step where more than ten minutes are asked for', () => {
    const series = new TimeSeries();
    for (let n = 0; n <= 3; n += 1) {
      series.sample(START + n * MINUTE, [counts('sql', { bytesFromSenders: n * n, bytesFromListeners: n })]);
    }
    const answer = series.query({}, 60, START + 3 * MINUTE);
    expect(answer).toMatchObject({ stepMs: MINUTE, points: 60 });
    expect(answer.metrics.BytesTransferred.slice(-4)).toEqual([null, 2, 4, 6]);
  });

  it('add up a namespace, and all', () => {
    const series = new TimeSeries();
    const both = (n: number) => [counts('sql', { listeners: n }), counts('web', { listeners: 1 })];
    series.sample(START, both(1));
    series.sample(START + 5_000, both(2));
    const last = (place: object) => series.query(place, 1, START + 5_000).metrics.ActiveListeners.at(-1);
    expect(last({ namespace: 'contoso', hybridConnection: 'web' })).toBe(1);
    expect(last({ namespace: 'contoso' })).toBe(3);
    expect(last({})).toBe(3);
    expect(last({ namespace: 'contoso', hybridConnection: 'none' })).toBe(0);
  });

  it('put what came while nobody looked into the first of the steps', () => {
    const series = new TimeSeries();
    series.sample(START, [counts('sql', {})]);
    series.sample(START + 20_000, [counts('sql', { requests: 4, senderSuccess: 4 })]);
    const answer = series.query({}, 1, START + 20_000);
    expect(answer.metrics['SenderConnections-Success'].slice(-4)).toEqual([4, 0, 0, 0]);
  });

  it('keep a day', () => {
    const series = new TimeSeries();
    for (let n = 0; n < 1_500; n += 1) {
      series.sample(START + n * MINUTE, [counts('sql', { connections: n })]);
    }
    const { metrics, points } = series.query({}, 1_440, START + 1_499 * MINUTE);
    expect(points).toBe(1_440);
    expect(metrics.ActiveConnections[0]).toBe(60);
    expect(metrics.ActiveConnections.at(-1)).toBe(1_499);
  });

  it('keep less of the past where there is too much of it', () => {
    const series = new TimeSeries(1_000);
    for (let n = 0; n < 600; n += 1) {
      series.sample(START + n * MINUTE, [counts('sql', { connections: n + 1 })]);
    }
    const { metrics } = series.query({ namespace: 'contoso' }, 600, START + 599 * MINUTE);
    expect(metrics.ActiveConnections[0]).toBeNull();
    expect(metrics.ActiveConnections.at(-1)).toBe(600);
  });

  it('wait where a clock is set back', () => {
    const series = new TimeSeries();
    series.sample(START, [counts('sql', {})]);
    series.sample(START - MINUTE, [counts('sql', { connections: 9 })]);
    series.sample(START + 5_000, [counts('sql', { connections: 1 })]);
    expect(series.query({}, 1, START + 5_000).metrics.ActiveConnections.at(-1)).toBe(1);
  });
});
