/**
 * What peers send that are up to no good, or broken: handshakes and frames that are nearly right.
 * @module
 */
import fc from 'fast-check';

/** Bytes changed, left out or put in, at a place given in thousandths of the whole. */
export interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** What else may stand somewhere in a handshake. */
const words = [
  ...['\r\n', '\r\n\r\n', '\n', '\0', ' ', ':', '/', '?', '&', '%', '%00', '%2e%2e', 'é', '\xff\xfe', '\t'],
  ...['HTTP/1.0', 'HTTP/9.9', 'GET ', 'POST ', 'CONNECT ', 'OPTIONS * ', '$hc/', 'http://h/', '//', '#'],
  ...['sb-hc-action=', 'accept', 'listen', 'connect', 'request', 'sb-hc-id=', 'sb-hc-token=', 'sb-hc-rv=x'],
  ...['Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n', 'Expect: 100-continue\r\n', 'Host: a\r\n'],
  ...[
    'Upgrade: h2c\r\n',
    'Connection: close\r\n',
    'Sec-WebSocket-Extensions: x;;=\r\n',
    `X: ${'x'.repeat(9000)}\r\n`,
  ],
];

/** Up to four edits; most handshakes survive one of them. */
export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    at: fc.nat(1000),
    remove: fc.oneof(fc.constant(0), fc.nat(4), fc.nat(100)),
    insert: fc.oneof(
      fc.constantFrom(...words),
      fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 4 }),
    ),
  }),
  { maxLength: 4 },
);

/** The text with the edits made, one after the other. */
export function edited(text: string, changes: readonly Edit[]): string {
  return changes.reduce((before, { at, remove, insert }) => {
    const place = Math.floor((before.length * at) / 1000);
    return before.slice(0, place) + insert + before.slice(place + remove);
  }, text);
}

/** Something that looks like a frame: any header, any mask, not always as much payload as it says. */
export const frame: fc.Arbitrary<Buffer> = fc
  .record({
    first: fc.oneof(fc.constantFrom(0x81, 0x82, 0x01, 0x02, 0x80, 0x00, 0x88, 0x89, 0x8a), fc.nat(255)),
    masked: fc.oneof(
      { weight: 9, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    length: fc.oneof(fc.nat(130), fc.nat(70_000)),
    declared: fc.option(fc.oneof(fc.nat(70_000), fc.constantFrom(2 ** 31, 2 ** 53, -1)), {
      freq: 8,
      nil: undefined,
    }),
    payload: fc.oneof(
      fc.constantFrom(
        '',
        '{}',
        '{"renewToken":{"token":"x"}}',
        '{"accept":{}}',
        '{"response":{"requestId":"x"}}',
        '[',
      ),
      fc.constantFrom(
        '{"response":{"requestId":"x","statusCode":200,"responseHeaders":{},"body":true}}',
        '\u0003\u00e8',
      ),
      fc.string({ maxLength: 20 }),
    ),
  })
  .map(({ first, masked, length, declared, payload }) => {
    const body = payload === '' ? Buffer.alloc(length, 0x61) : Buffer.from(payload);
    const said = BigInt.asUintN(64, BigInt(declared ?? body.length));
    const bit = masked ? 0x80 : 0;
    const mask = Buffer.alloc(masked ? 4 : 0); // of zeros, which changes nothing
    const header = Buffer.alloc(said < 126n ? 2 : said < 65_536n ? 4 : 10, first);
    header[1] = bit | (said < 126n ? Number(said) : said < 65_536n ? 126 : 127);
    if (header.length === 4) header.writeUInt16BE(Number(said), 2);
    if (header.length === 10) header.writeBigUInt64BE(said, 2);
    return Buffer.concat([header, mask, body]);
  });

/** Pieces that bytes are sent in, and what becomes of the connection afterwards. */
export const manner = fc.record({
  pieces: fc.array(fc.integer({ min: 1, max: 2000 }), { maxLength: 4 }),
  last: fc.constantFrom<'end' | 'reset' | 'wait'>('end', 'reset', 'wait'),
});
