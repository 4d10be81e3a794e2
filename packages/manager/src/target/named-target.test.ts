import { describe, expect, it } from 'vitest';
import { targetIn } from './named-target.js';

describe('a target that the relay names', () => {
  it.each([
    ['[{"key":"endpoint","value":"db01.corp.example:1433"}]', { host: 'db01.corp.example', port: 1433 }],
    ['[{"Key":"Endpoint","Value":"DB01:1433"}]', { host: 'db01', port: 1433 }],
  ])('is read: %s', (text, target) => {
    expect(targetIn(text)).toEqual(target);
  });

  it.each([
    [undefined, 'says no endpoint'],
    ['[]', 'says no endpoint'],
    ['endpoint=a:1', 'is not JSON'],
    ['[{"key":"endpoint","value":"db01"}]', '"db01" is not host:port'],
    ['[{"key":"endpoint","value":"a:1:2"}]', '"a:1:2" is not host:port'],
  ])('in %j is refused: %s', (text, message) => {
    expect(() => targetIn(text)).toThrow(message);
  });
});
