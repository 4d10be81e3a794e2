import { expect, it } from 'vitest';
import { setOwn } from './own-property.js';

it.each(['x', '__proto__', 'constructor'])('a property named %s is one like any other', (name) => {
  const record: Record<string, string> = {};
  setOwn(record, name, 'value');
  expect(Object.entries(record)).toEqual([[name, 'value']]);
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  expect(JSON.stringify(record)).toBe(`{"${name}":"value"}`);
});
