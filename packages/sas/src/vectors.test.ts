/**
 * Tokens as Microsoft's clients and others make them, with a frozen clock.
 *
 * Source: docs/protocol.md, section 5.4.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { createToken, parseToken, verifyToken } from './index.js';
import { sign } from './keys.js';

const K1 = 'kPD6B3mVbsAkQOjcWqzTyf4p1zF3Q6Wnq1mB2rX9s0E=';
const K2 = 'c2Vjb25kYXJ5LWtleS0wMTIzNDU2Nzg5YWJjZGVmZ2g=';
const SE = '1700003600';
const clock = { ttlSeconds: 3600, now: () => 1_700_000_000_000 };

interface Vector {
  readonly name: string;
  readonly sr: string;
  readonly sig: string;
  readonly skn: string;
  /** The rule's name behind `skn`. */
  readonly rule?: string;
  readonly key?: string;
}

/** What our own `createToken` writes in the same bytes: upper-case hex, nothing else encoded than by hyco and .NET. */
const reproducible: readonly Vector[] = [
  {
    name: 'V1: hyco-ws, an address with port and $hc',
    sr: 'http%3A%2F%2Fcontoso.servicebus.windows.net%3A443%2Fhyco',
    sig: 'qw5%2Bpz9zvVBXirvta%2FkOJuL%2BChv7RFIaZszhLNGOJPE%3D',
    skn: 'RootManageSharedAccessKey',
  },
  {
    name: 'V2: hyco-https and the Python client',
    sr: 'http%3A%2F%2Fcontoso.servicebus.windows.net%2Fhyco',
    sig: 'x1zYo4nnn%2FgyF0n232YB%2Fnt1F6MJWpIBYCnJv02NR7A%3D',
    skn: 'RootManageSharedAccessKey',
  },
  {
    name: 'V3: hyco, the namespace',
    sr: 'http%3A%2F%2Fcontoso.servicebus.windows.net%2F',
    sig: 'M5w6goiaRAKvaLUhi%2FbQ4sKPMPhhsZauZQeNoGfXrsA%3D',
    skn: 'listen',
  },
  {
    name: 'V4: hyco, a path of several segments',
    sr: 'http%3A%2F%2Fcontoso.servicebus.windows.net%3A443%2FSales%2FEU-1%2Fhyco',
    sig: 'Xg6M0S3Nl1KD%2F7zbDEFRECiIRRHFKpdys66%2BLrLEhVk%3D',
    skn: 'send',
  },
  {
    name: 'V6: hyco, marks that are never encoded',
    sr: 'http%3A%2F%2Fcontoso.servicebus.windows.net%2Fit%2527s(1)*!',
    sig: 'kHXUnkAUZ58sTCjHmNx0vPPIDgVv9zlM%2F4dW4wfZmA4%3D',
    skn: 'send',
  },
  {
    name: 'V7: the Java listener',
    sr: 'sb%3A%2F%2Fcontoso.servicebus.windows.net%2Fhyco',
    sig: '4b6WlaD6AIz5E%2FOfi15kJuFPD%2BnHrmdktRHZj%2FcCi58%3D',
    skn: 'listen',
  },
  {
    name: 'V8: the Java sender, which loses the path',
    sr: 'sb%3A%2F%2Fcontoso.servicebus.windows.net',
    sig: 'ujtEtaTcZfVqzxwsC9E%2BleJen3AlwgGbUSMH6EUCfRk%3D',
    skn: 'send',
  },
  {
    name: 'V9: .NET, with the final slash',
    sr: 'http%3A%2F%2Fcontoso.servicebus.windows.net%2Fhyco%2F',
    sig: 'Fq1X7IWTXbAPwLRSwQ1IybXg0rlyG2id6bDIf10LD8Y%3D',
    skn: 'listen',
  },
  {
    name: 'V13: V2 with the secondary key',
    sr: 'http%3A%2F%2Fcontoso.servicebus.windows.net%2Fhyco',
    sig: 'ngkcXMTMAEkESHtwazrKI%2B6fqvgEM7UR2Lpb6PveohU%3D',
    skn: 'RootManageSharedAccessKey',
    key: K2,
  },
];

/** The same MAC, but bytes that we only read: raw or plus-encoded rule names, lower-case hex. */
const readOnly: readonly Vector[] = [
  {
    name: 'V5: hyco, a raw rule name with a plus and a space',
    sr: 'http%3A%2F%2Fcontoso.servicebus.windows.net%2Fcaf%25C3%25A9%2520bar',
    sig: 'xhJbSg21HiZ5GmDk79aFzIwCZ8OM%2B2kUTfvrTiEaiA8%3D',
    skn: 'a+b c',
    rule: 'a+b c',
  },
  {
    name: 'V10: .NET, the same rule name encoded as a form field',
    sr: 'http%3A%2F%2Fcontoso.servicebus.windows.net%2FSales%2FEU-1%2Fhyco%2F',
    sig: 'dk%2BRnx%2Fl6Z13Ff6tWfC1VkGutLi3MZnAfWM7Hs%2BHSBU%3D',
    skn: 'a%2Bb+c',
    rule: 'a+b c',
  },
  {
    name: 'V11: Go, lower-case hex',
    sr: 'https%3a%2f%2fcontoso.servicebus.windows.net%2fhyco',
    sig: 'P5cdKV2P3R%2FqaPWvmE0WfGRsuTgVJ9E%2FRT6NZV4doBM%3D',
    skn: 'listen',
  },
  {
    name: "V12: the form of Microsoft's snippets",
    sr: 'http%3a%2f%2fcontoso.servicebus.windows.net%2fhyco%2f',
    sig: 'ts%2FT9I1JKbpMA9cZ969aVIuti3i2oG3s5pvL9TYEC%2BI%3D',
    skn: 'listen',
  },
];

const text = ({ sr, sig, skn }: Pick<Vector, 'sr' | 'sig' | 'skn'>) =>
  `SharedAccessSignature sr=${sr}&sig=${sig}&se=${SE}&skn=${skn}`;

describe('a token of another client', () => {
  it.each([...reproducible, ...readOnly])('is read and verified: $name', (vector) => {
    const token = parseToken(text(vector));
    expect(token).toEqual({
      resource: vector.sr,
      audience: decodeURIComponent(vector.sr),
      signature: decodeURIComponent(vector.sig),
      expiry: SE,
      expiresAt: new Date(1_700_003_600_000),
      keyName: vector.skn,
      keyNameDecoded: expect.any(String),
    });
    expect([token.keyName, token.keyNameDecoded]).toContain(vector.rule ?? vector.skn);
    expect(verifyToken(token, vector.key ?? K1)).toBe(true);
    expect(verifyToken(token, vector.key === K2 ? K1 : K2)).toBe(false);
  });

  it.each(reproducible)('is made again, byte for byte: $name', (vector) => {
    const { sr, skn, key = K1 } = vector;
    const token = createToken({ resource: decodeURIComponent(sr), keyName: skn, key, ...clock });
    expect(token).toBe(text(vector));
  });

  it.each(readOnly.slice(0, 2))('is made again but for the encoding of the rule: $name', (vector) => {
    const token = createToken({
      resource: decodeURIComponent(vector.sr),
      keyName: 'a+b c',
      key: K1,
      ...clock,
    });
    expect(token).toBe(text({ ...vector, skn: 'a%2Bb%20c' }));
  });
});

describe('the complete V2 token', () => {
  const v2 =
    'SharedAccessSignature sr=http%3A%2F%2Fcontoso.servicebus.windows.net%2Fhyco&sig=x1zYo4nnn%2FgyF0n232YB%2Fnt1F6MJWpIBYCnJv02NR7A%3D&se=1700003600&skn=RootManageSharedAccessKey';

  it('is what createToken makes', () => {
    const resource = 'http://contoso.servicebus.windows.net/hyco';
    expect(createToken({ resource, keyName: 'RootManageSharedAccessKey', key: K1, ...clock })).toBe(v2);
  });

  it('has the documented MAC', () => {
    const mac = sign(parseToken(v2).resource, SE, K1);
    expect(Buffer.from(mac).toString('hex')).toBe(
      'c75cd8a389e79ff8321749f6df6601fe7b7517a3095a92016029c9bf4d8d47b0',
    );
  });

  it.each([
    ['the key decoded from base64', '2vOhKnxi3LKqklHoKZCx%2B%2FiLH2DJVjP8UINSoWBj9Z8%3D'],
    ['CR LF as the separator', 'xgDGi3CqdTQJsgKzk1VyWKzur%2BAlvOpCzRkxgVEKNWg%3D'],
    ['the decoded URI', 'G5RuuEqyI97n21KwURh%2FvcjKJm0NRzFG85OBE0rdyis%3D'],
    ['a lower-case sr', '67vVMLDPOzKixek5P1sQii4hlY2xlTUxRa1dCPx1O9Q%3D'],
  ])('does not verify when signed with %s', (_, sig) => {
    const { sr, skn } = reproducible[1] as Vector;
    expect(verifyToken(parseToken(text({ sr, sig, skn })), K1)).toBe(false);
  });
});
