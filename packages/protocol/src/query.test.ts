import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitQuery, stripRelayQuery } from './query.js';

/** Any UTF-16 unit, lone surrogates and control characters too. */
const utf16 = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

describe('a query on its way to the listener', () => {
  // What the sender wrote, and what the live service delivers. docs/protocol.md, section 1.3.
  it.each([
    ['?sb-hc-id=1&custom=value', '?custom=value'],
    ['?custom=value&sb-hc-id=1', '?custom=value'],
    ['?sb-hc-undefined=true', ''],
    ['?sb-hc-whatever=', ''],
    ['?sb-hc-undefined', '?sb-hc-undefined'],
    ['?a=1&a=2&', '?a=1&a=2&'],
    ['?&&&', '?&&&'],
    ['?&foo=bar', '?&foo=bar'],
    ['?&custom&value&', '?&custom&value&'],
    ['?+', '?+'],
    ['?%2B', '?%2B'],
    ['?%20', '?%20'],
    ['?%2f%3a%3d%26', '?%2f%3a%3d%26'],
    ["?key='value'", "?key='value'"],
    ['?key="value"', '?key=%22value%22'],
    ['?key=<value>', '?key=%3Cvalue%3E'],
    ['?name=ø', '?name=%C3%B8'],
    ['?name=%C3%b8', '?name=%C3%B8'],
    ['? Key =  Value ', '?%20Key%20=%20%20Value'],
    ['?api-version=abc', '?api-version=abc'],
  ])('is delivered from %j as %j', (sent, delivered) => {
    expect(stripRelayQuery(sent)).toBe(delivered);
  });

  it.each([
    ['', ''],
    ['?', ''],
    ['custom=value&sb-hc-id=1', '?custom=value'],
    ['?SB-HC-Token=secret&a=1', '?a=1'],
    ['?a=1&sb-hc-token=x=y&b=2', '?a=1&b=2'],
    ['?xsb-hc-id=1', '?xsb-hc-id=1'],
    ['?a=sb-hc-id=1', '?a=sb-hc-id=1'],
    ['?sb%2Dhc-id=1', '?sb%2Dhc-id=1'],
    ['?null&sb-hc-token=secret', '?null'],
    ['?null?sb-hc-token=secret', ''],
    ['?a=1#sb', '?a=1%23sb'],
    ['?50%', '?50%'],
    ['?\ud800', '?%EF%BF%BD'],
  ])('is delivered from %j as %j, where the live service was not asked', (sent, delivered) => {
    expect(stripRelayQuery(sent)).toBe(delivered);
  });

  it('never holds a pair of the relay’s, whatever was sent', () => {
    fc.assert(
      fc.property(fc.array(item()), (items) => {
        const left = stripRelayQuery(`?${items.join('&')}`);
        expect(left).not.toMatch(/(^\?|&)(null\?)?sb-hc-[^&=]*=/i);
      }),
    );
  });

  it('keeps everything else byte for byte', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), legalItem(), legalItem())), (items) => {
        const app = items.filter(([own]) => !own).map(([, name, value]) => `a${name}=${value}`);
        const all = items.map(([own, name, value]) => (own ? `sb-hc-${name}=${value}` : `a${name}=${value}`));
        expect(stripRelayQuery(`?${all.join('&')}`)).toBe(app.length === 0 ? '' : `?${app.join('&')}`);
      }),
    );
  });

  it('is not changed by a second pass', () => {
    fc.assert(
      fc.property(fc.string({ unit: utf16 }), (query) => {
        const once = stripRelayQuery(query);
        expect(stripRelayQuery(once)).toBe(once);
      }),
    );
  });
});

describe('the relay’s parameters in a query', () => {
  it('are decoded as forms are, whatever the client’s way to write a space', () => {
    const { relay } = splitQuery('?sb-hc-token=SharedAccessSignature+sr%3Da%2520b%26se=1&Sb-Hc-Id=x%20y');
    expect(relay).toEqual(
      new Map([
        ['sb-hc-token', 'SharedAccessSignature sr=a%20b&se=1'],
        ['sb-hc-id', 'x y'],
      ]),
    );
  });

  it('count by their last appearance', () => {
    expect(splitQuery('sb-hc-id=1&sb-hc-id=2').relay.get('sb-hc-id')).toBe('2');
  });

  it('are taken as they stand when an escape is broken', () => {
    expect(splitQuery('sb-hc-id=%zz').relay.get('sb-hc-id')).toBe('%zz');
  });
});

/** Items that are, or look like, the relay’s own. */
function item(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string(),
    fc
      .tuple(fc.constantFrom('sb-hc-', 'SB-HC-', 'sb-hc', 'null?sb-hc-', 'null?', ' '), fc.string())
      .map((pair) => pair.join('')),
    fc.string().map((value) => `sb-hc-token=${value}`),
  );
}

/** Text of characters that may stand in a query, less those that part its items and less non-ASCII escapes. */
function legalItem(): fc.Arbitrary<string> {
  const characters = Array.from("abcXYZ0189-._~!$'()*+,;:@/?[]");
  return fc.string({ unit: fc.constantFrom(...characters, '%2f', '%3D', '%20') });
}
