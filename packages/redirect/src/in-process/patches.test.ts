import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Patches } from './patches.js';

function target() {
  function add(one: number, other: number): number {
    return one + other;
  }
  Object.assign(add, { [promisify.custom]: () => 'custom' });
  return { add, text: 'no function' };
}

describe('a function that is replaced', () => {
  it('is called by the replacement, and looks like it', () => {
    const object = target();
    const { add } = object;
    const patches = new Patches();
    patches.replace(
      object,
      'add',
      (original) =>
        function (this: unknown, ...args) {
          return original.apply(this, args) * 10;
        },
    );
    expect(object.add(1, 2)).toBe(30);
    expect(object.add).not.toBe(add);
    expect([object.add.name, object.add.length]).toEqual(['add', 2]);
    expect(promisify(object.add as never)).toBe(promisify(add as never));
    patches.undo();
    expect(object.add).toBe(add);
  });

  it('is not put back over what somebody else has put there since', () => {
    const object = target();
    const patches = new Patches();
    patches.replace(
      object,
      'add',
      (original) =>
        (...args) =>
          original(...args),
    );
    const theirs = () => 7;
    object.add = theirs;
    patches.undo();
    expect(object.add).toBe(theirs);
  });

  it.each(['text', 'none'])('must be one: %s stays', (name) => {
    const object = target();
    const patches = new Patches();
    patches.replace(object, name, () => () => 'replaced');
    expect(object).toMatchObject({ text: 'no function' });
    expect(name in object).toBe(name === 'text');
  });
});
