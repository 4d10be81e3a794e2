import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeForm,
  encodeBytes,
  encodeForm,
  encodePath,
  encodePathText,
  encodeQuery,
  trimRun,
  utf8Length,
} from './percent.js';

/** Any UTF-16 unit, lone surrogates and control characters too. */
const text = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
});
const wellFormed = (value: string) => value.replace(/\p{Surrogate}/gu, '\ufffd');

describe('percent-encoding', () => {
  it('leaves only characters that may stand in a URL', () => {
    fc.assert(
      fc.property(text, (value) => {
        for (const encode of [encodeQuery, encodePath, encodePathText, encodeForm]) {
          expect(encode(value)).toMatch(/^[!$-;=?-[\]_a-z~]*$/);
        }
      }),
    );
  });

  it('of a form value is undone by reading it', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(decodeForm(encodeForm(value))).toBe(wellFormed(value));
      }),
    );
  });

  it('of a path is undone by decoding it', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(decodeURIComponent(encodePathText(value))).toBe(wellFormed(value));
      }),
    );
  });

  it('keeps escapes and slashes of a path as they are', () => {
    expect(encodePath('/a%2fb/%zz/ü ?#[')).toBe('/a%2fb/%zz/%C3%BC%20%3F%23%5B');
  });

  it.each([
    ['/caf\u00c3\u00a9', '/caf%C3%A9'],
    ['/caf\u00e9', '/caf%C3%A9'],
    ['/€', '/€'],
    ['/a b', '/a b'],
  ])('of the bytes of a request line turns %j into %j', (given, encoded) => {
    expect(encodeBytes(given)).toBe(encoded);
  });
});

describe('the UTF-8 length of a text', () => {
  it('is what an encoder would make of it', () => {
    const encoder = new TextEncoder();
    fc.assert(
      fc.property(
        fc.array(fc.oneof(text, fc.constantFrom('\u{1f600}', '\ud83d', '\ude00', 'é', '€'))),
        (parts) => {
          const value = parts.join('');
          expect(utf8Length(value)).toBe(encoder.encode(value).length);
        },
      ),
    );
  });
});

describe('trimming a run', () => {
  it.each([
    ['//a//b//', '/', 'both', 'a//b'],
    ['//a//', '/', 'end', '//a'],
    ['  a b  ', ' ', 'end', '  a b'],
    ['////', '/', 'both', ''],
  ] as const)('of %j by %j at %s leaves %j', (given, character, ends, left) => {
    expect(trimRun(given, character, ends)).toBe(left);
  });
});
