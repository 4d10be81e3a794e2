import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stripRelayQuery } from './query.js';
import { acceptAddress, rejectAddress, rendezvousId, requestAddressPath } from './rendezvous.js';
import { parseUpgradeTarget } from './upgrade-target.js';

const guid = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';
const fresh = '00000000-0000-4000-8000-000000000000';
const parts = { base: 'wss://ns.example:443', rawPath: '/hyco', appQuery: '', id: guid, secret: 'Zk3x9' };

describe('a rendezvous address', () => {
  it('carries the sender’s suffix and query before the relay’s own parameters', () => {
    expect(acceptAddress({ ...parts, rawPath: '/hyco/tenants/7', appQuery: '?color=red' })).toBe(
      `wss://ns.example:443/$hc/hyco/tenants/7?color=red&sb-hc-action=accept&sb-hc-id=${guid}&sb-hc-rv=Zk3x9`,
    );
  });

  it('holds a question mark even when the sender sent no query, since clients append to it', () => {
    expect(acceptAddress(parts)).toContain('/$hc/hyco?sb-hc-action=accept');
  });

  it.each([
    { id: 'a=b' },
    { id: '' },
    { secret: 'abc==' },
    { secret: 'a&b' },
    { secret: 'a%3D' },
    { secret: 'a+b/' },
  ])('is refused with %j, which the Java client could not read', (change) => {
    expect(() => acceptAddress({ ...parts, ...change })).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
  });

  it('dialled as given brings back the sender’s path and query', () => {
    const query = fc.string({ maxLength: 40 }).map((text) => stripRelayQuery(`?${text}`));
    const path = fc.array(fc.constantFrom('a', 'B', '/', '%2F', '%C3%A9', '-'), { maxLength: 12 });
    fc.assert(
      fc.property(query, path, (appQuery, segments) => {
        const rawPath = `/hyco${segments.join('')}`;
        const url = new URL(acceptAddress({ ...parts, base: 'ws://127.0.0.1:8080', rawPath, appQuery }));
        expect(parseUpgradeTarget(url.pathname + url.search)).toMatchObject({
          action: 'accept',
          rawPath,
          rendezvous: 'Zk3x9',
        });
        // URL escapes an apostrophe in a query, as browsers and Node do; nothing else may change.
        expect(parseUpgradeTarget(url.pathname + url.search).appQuery).toBe(appQuery.replaceAll("'", '%27'));
      }),
    );
  });
});

describe('a rejecting address', () => {
  it('is the rendezvous address with status and description', () => {
    expect(rejectAddress(acceptAddress(parts), 404, 'No such tenant + "x"')).toBe(
      `${acceptAddress(parts)}&sb-hc-statusCode=404&sb-hc-statusDescription=No+such+tenant+%2B+%22x%22`,
    );
  });

  it.each([
    [99, 400],
    [200, 400],
    [399, 400],
    [400, 400],
    [599, 599],
    [600, 400],
    [Number.NaN, 400],
    [450.5, 400],
  ])('turns the status %d into %d', (given, sent) => {
    expect(rejectAddress('wss://x/?a', given, '')).toBe(
      `wss://x/?a&sb-hc-statusCode=${sent}&sb-hc-statusDescription=`,
    );
  });

  it('begins the query where the address has none', () => {
    expect(rejectAddress('wss://x/y', 400, 'no')).toBe(
      'wss://x/y?sb-hc-statusCode=400&sb-hc-statusDescription=no',
    );
  });
});

describe('the id of a rendezvous', () => {
  it.each([
    [guid, guid],
    [guid.toUpperCase(), guid.toUpperCase()],
    [`${guid}_G3_G9`, `${guid}_G3_G9`],
    [`${guid}=x`, guid],
    [`${guid}_a b`, guid],
    [`${guid}\r\n`, guid],
    [undefined, fresh],
    ['', fresh],
    ['my id', fresh],
    [`{${guid}}`, fresh],
    [guid.slice(0, -1), fresh],
    [guid.replaceAll('-', ''), fresh],
  ])('made from %j is %j', (senderId, id) => {
    expect(rendezvousId(senderId, () => fresh)).toBe(id);
  });

  it('always fits into a rendezvous address', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => guid + text),
        ),
        (senderId) => {
          expect(() => acceptAddress({ ...parts, id: rendezvousId(senderId, () => fresh) })).not.toThrow();
        },
      ),
    );
  });
});

describe('the address of an HTTP request', () => {
  it('holds neither suffix nor query, and its secret comes last', () => {
    expect(requestAddressPath({ path: 'Sales/EU 1', id: 'a-b_G3', secret: 'Qm81' })).toBe(
      '/$hc/Sales/EU%201?sb-hc-action=request&sb-hc-id=a-b_G3&sb-hc-rv=Qm81',
    );
  });

  it.each(['a=b', '', 'a b', 'a&b'])('cannot hold %j', (value) => {
    expect(() => requestAddressPath({ path: 'hyco', id: 'x', secret: value })).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
  });
});
