import { describe, expect, it } from 'vitest';
import { ListenerRoll } from './listener-roll.js';

const entry = (id: string, worker = 1, path = 'ns/sql') => {
  return { id, worker, path, clientId: undefined, listenerKey: id };
};

describe('the roll of listeners', () => {
  it('has as many places as the limit says, whichever workers they are at', () => {
    const roll = new ListenerRoll();
    expect(roll.take(entry('a', 1), undefined, 2)).toBe(true);
    expect(roll.take(entry('b', 2), undefined, 2)).toBe(true);
    expect(roll.take(entry('c', 3), undefined, 2)).toBe(false);
    expect(roll.take(entry('c', 3, 'ns/web'), undefined, 2)).toBe(true);
  });

  it('has a place again when somebody has left', () => {
    const roll = new ListenerRoll();
    roll.take(entry('a'), undefined, 1);
    expect(roll.leave('a')).toBe(true);
    expect(roll.leave('a')).toBe(false);
    expect(roll.take(entry('b'), undefined, 1)).toBe(true);
  });

  it('lets one that comes back in without a second place, and says what it had before', () => {
    const roll = new ListenerRoll();
    roll.take(entry('a', 1), 'me', 1);
    expect(roll.take(entry('b', 2), 'me', 1)).toBe(true);
    expect(roll.take(entry('c', 3), 'somebody else', 1)).toBe(false);
    expect(roll.opened('b')).toMatchObject([{ id: 'a', worker: 1 }]);
    expect(roll.opened('a')).toEqual([]);
  });

  it('knows all channels of one that comes back faster than its earlier ones go', () => {
    const roll = new ListenerRoll();
    for (const id of ['a', 'b', 'c']) expect(roll.take(entry(id), 'me', 1)).toBe(true);
    expect(roll.opened('c').map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('says nothing of an earlier channel that has gone by itself', () => {
    const roll = new ListenerRoll();
    roll.take(entry('a', 1), 'me', 1);
    roll.take(entry('b', 2), 'me', 1);
    roll.leave('a');
    expect(roll.opened('b')).toEqual([]);
  });

  it('forgets all who were at a worker that is gone', () => {
    const roll = new ListenerRoll();
    roll.take(entry('a', 1), undefined, 9);
    roll.take(entry('b', 2), undefined, 9);
    roll.take(entry('c', 1), undefined, 9);
    roll.leaveAllOf(1);
    expect(roll.entries.map(({ id }) => id)).toEqual(['b']);
  });
});
