/** Offers of extensions that are forwarded to listeners, against the parser that listeners in Node have: `ws`. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as ws from 'ws';
import { isDeflateOffer } from './connect-headers.js';

/** Exported by `ws`, missing in its types. */
const { extension, PerMessageDeflate } = ws as unknown as {
  readonly extension: { parse(value: string): Readonly<Record<string, object[]>> };
  readonly PerMessageDeflate: new (options: object) => { accept(offers: object[]): object };
};

const parameter = fc.constantFrom(
  'server_no_context_takeover',
  'client_no_context_takeover',
  'client_max_window_bits',
  'client_max_window_bits=9',
  'server_max_window_bits="15"',
  'server_max_window_bits=7',
  'server_max_window_bits',
  'x',
  '',
);
const offer = fc
  .tuple(
    fc.constantFrom('permessage-deflate', 'permessage-deflate', 'permessage-deflate', 'x', ''),
    fc.array(parameter, { maxLength: 3 }),
  )
  .chain(([name, parameters]) =>
    fc.constantFrom(';', '; ', ' ;').map((joint) => [name, ...parameters].join(joint)),
  );
const header = fc.array(offer, { minLength: 1, maxLength: 3 }).map((offers) => offers.join(', '));

it('an offer that is forwarded is one that a listener can read and accept', () => {
  let forwarded = 0;
  fc.assert(
    fc.property(header, (value) => {
      if (!isDeflateOffer(value)) return;
      forwarded++;
      const offers = extension.parse(value)['permessage-deflate']!;
      expect(() => new PerMessageDeflate({ isServer: true }).accept(offers)).not.toThrow();
    }),
  );
  expect(forwarded).toBeGreaterThan(0);
});
