import { describe, expect, it } from 'vitest';
import { parseTarget } from './request-target.js';

describe('the address of a request', () => {
  it.each([
    ['/', ['']],
    ['/portal', ['portal']],
    ['/portal/', ['portal', '']],
    ['/a/b%2Fc', ['a', 'b/c']],
    ['/a/b%252Fc', ['a', 'b%2Fc']],
    ['//a', ['', 'a']],
    ['/a%20b/%C3%BC', ['a b', 'ü']],
    ['/...', ['...']],
    ['/a?x=/../', ['a']],
  ])('%j is %j', (target, segments) => {
    expect(parseTarget(target).segments).toEqual(segments);
  });

  it.each([
    ['/portal/../api/status'],
    ['/portal/%2e%2e/api/status'],
    ['/portal/.%2E/x'],
    ['/./x'],
    ['/a\\b'],
    ['/a/..%5Cb'],
    ['/a%00b'],
    ['/a%0d%0aSet-Cookie:x'],
    ['/%'],
    ['/%ff'],
    ['/%C0%AE%C0%AE/x'],
    ['http://127.0.0.1/api/status'],
    ['*'],
    [''],
  ])('%j is refused', (target) => {
    expect(() => parseTarget(target)).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('is refused when it is too long', () => {
    expect(() => parseTarget(`/${'a'.repeat(8_192)}`)).toThrow(expect.objectContaining({ status: 414 }));
  });

  it('has a query beside it', () => {
    const { path, search, query } = parseTarget('/a%2Fb?api-version=1&$top=2');
    expect([path, search, query.get('$top')]).toEqual(['/a%2Fb', '?api-version=1&$top=2', '2']);
  });
});
