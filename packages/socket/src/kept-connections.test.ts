import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeptConnections } from './kept-connections.js';
import type { RelayConnection, RelayConnectionSink } from './relay-connection.js';

/** Stands for a connection; it opens when the test says so. */
class Connection {
  sink!: RelayConnectionSink;
  isRef = true;
  isDropped = false;
  ref() {
    this.isRef = true;
  }
  unref() {
    this.isRef = false;
  }
  drop() {
    this.isDropped = true;
  }
}

let made: Connection[];
let isWanted: (unusedMs: number) => boolean;
let kept: KeptConnections;

beforeEach(() => {
  vi.useFakeTimers();
  made = [];
  isWanted = () => true;
});
afterEach(() => {
  kept.close();
  vi.useRealTimers();
});

function keep(size: number, connect?: () => Connection): void {
  const dial = () => {
    made.push((connect ?? (() => new Connection()))());
    return made.at(-1) as unknown as RelayConnection;
  };
  kept = new KeptConnections({ size, connect: dial, isWanted: (unusedMs) => isWanted(unusedMs) });
  kept.use();
  vi.advanceTimersByTime(10);
}

const open = (connections: readonly Connection[]) => {
  for (const { sink } of connections) sink.onOpen();
};

describe('connections that are kept', () => {
  it('are dialled a little later, and keep no process alive', () => {
    keep(3);
    expect(made.map(({ isRef }) => isRef)).toEqual([false, false, false]);
  });

  it('are handed over when they are open, the oldest first', () => {
    keep(2);
    expect(kept.take()).toBeUndefined();
    open(made);
    expect([kept.take(), kept.take(), kept.take()]).toEqual([...made, undefined]);
    expect(made.map(({ isRef }) => isRef)).toEqual([true, true]);
  });

  it('are replaced when they have been used, a little later', () => {
    keep(2);
    open(made);
    kept.take();
    kept.use();
    expect(made).toHaveLength(2);
    vi.advanceTimersByTime(10);
    expect(made).toHaveLength(3);
  });

  it('are renewed before a relay ends them, not all at the same time', () => {
    keep(20);
    open(made);
    vi.advanceTimersByTime(14_999);
    expect(made.filter(({ isDropped }) => isDropped)).toHaveLength(0);
    vi.advanceTimersByTime(2_500);
    const halfWay = made.filter(({ isDropped }) => isDropped).length;
    expect(halfWay).toBeGreaterThan(0);
    expect(halfWay).toBeLessThan(20);
    vi.advanceTimersByTime(2_510);
    expect(made.slice(0, 20).every(({ isDropped }) => isDropped)).toBe(true);
    expect(made.length).toBeGreaterThanOrEqual(40);
  });

  it('are not handed over when they are too old, as after a sleep of the machine', () => {
    keep(1);
    open(made);
    vi.setSystemTime(Date.now() + 60_000);
    expect(kept.take()).toBeUndefined();
    expect(made[0]!.isDropped).toBe(true);
  });

  it('are waited for longer each time that they cannot be made', () => {
    keep(1);
    const dialled: number[] = [];
    for (let minute = 0; minute < 10; minute += 1) {
      const before = made.length;
      for (let second = 0; second < 60; second += 1) {
        for (const connection of made.splice(0)) {
          dialled.push(minute);
          connection.sink.onGone(new Error('out of reach'));
        }
        vi.advanceTimersByTime(1_000);
      }
      expect(before).toBeLessThan(2);
    }
    expect(dialled.filter((minute) => minute === 0).length).toBeGreaterThan(3);
    expect(dialled.filter((minute) => minute === 9).length).toBeLessThan(4);
  });

  it('are dialled again a while after they could not even be begun', () => {
    let fails = true;
    keep(2, () => {
      if (fails) throw new Error('The environment names a proxy that makes no sense');
      return new Connection();
    });
    expect(made).toHaveLength(0);
    fails = false;
    vi.advanceTimersByTime(1_000);
    expect(made).toHaveLength(2);
  });

  it('are let go when nobody wants them any more', () => {
    keep(2);
    open(made);
    isWanted = (unusedMs) => unusedMs < 10_000;
    vi.advanceTimersByTime(60_000);
    expect(made.map(({ isDropped }) => isDropped)).toEqual([true, true]);
  });

  it('are dropped at the end, also while they are being made', () => {
    keep(2);
    open(made.slice(1));
    kept.close();
    kept.use();
    vi.advanceTimersByTime(60_000);
    expect(made.map(({ isDropped }) => isDropped)).toEqual([true, true]);
  });
});
