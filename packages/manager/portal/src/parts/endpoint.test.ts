/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { checkEndpoint } from './endpoint.js';

describe('an endpoint as it is typed', () => {
  it.each(['db01.corp.example:1433', 'sql01:1', '10.0.0.7:65535', '[::1]:5432'])('may be %s', (text) => {
    expect(checkEndpoint(text)).toBeUndefined();
  });

  it.each([
    'db01',
    ':80',
    'db01:',
    'db01:0',
    'db01:65536',
    'db01:http',
    'http://db01:80',
    'db 01:80',
    'a/b:1',
  ])('may not be %j', (text) => {
    expect(checkEndpoint(text)).toBeTypeOf('string');
  });
});
