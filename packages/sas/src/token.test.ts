import { describe, expect, it } from 'vitest';
import { createToken, parseToken, verifyToken } from './token.js';

const KEY = 'kPD6B3mVbsAkQOjcWqzTyf4p1zF3Q6Wnq1mB2rX9s0E=';
const SR = 'http%3A%2F%2Fcontoso.servicebus.windows.net%2Fhyco';
const SIG = 'M5w6goiaRAKvaLUhi%2FbQ4sKPMPhhsZauZQeNoGfXrsA%3D';
const token = `SharedAccessSignature sr=${SR}&sig=${SIG}&se=1700003600&skn=send`;
const malformed = expect.objectContaining({ name: 'SasError', code: 'ERR_SAS_MALFORMED_TOKEN' });
const badArgument = expect.objectContaining({ name: 'SasError', code: 'ERR_SAS_ARGUMENT' });

describe('reading a token', () => {
  it.each([
    ['white space around it', `\t ${token}\r\n`],
    ['more than one space after the prefix', token.replace(' ', ' \t ')],
    ['a prefix in lower case', token.replace('SharedAccessSignature', 'sharedaccesssignature')],
    ['a prefix in upper case', token.replace('SharedAccessSignature', 'SHAREDACCESSSIGNATURE')],
    ['names in another case', token.replace('sr=', 'SR=').replace('skn=', 'Skn=').replace('se=', 'sE=')],
    ['another order', `SharedAccessSignature skn=send&se=1700003600&sig=${SIG}&sr=${SR}`],
    ['fields it does not know', `${token}&sdd=2&x=`],
    ['a signature with raw marks', token.replace(SIG, decodeURIComponent(SIG))],
  ])('takes %s', (_, text) => {
    expect(parseToken(text)).toEqual(parseToken(token));
  });

  it('takes a signature whose plus was lost on the way', () => {
    const plus = token.replace(SIG, 'ab+d');
    expect(parseToken(plus.replace('+', ' '))).toEqual(parseToken(plus));
  });

  it.each([
    // [as it stands, decoded]
    ['send', 'send'],
    ['a b', 'a b'],
    ['a  b  c', 'a  b  c'],
    ['a+b', 'a b'],
    ['a%2Bb+c', 'a+b c'],
    ['a%2Bb%20c', 'a+b c'],
    ['100%', '100%'],
    ['100%zz+1', '100%zz+1'],
    ['a=b', 'a=b'],
    ['caf%C3%A9', 'café'],
    ['café', 'café'],
  ])('keeps the rule name %j, and decodes it to %j', (skn, decoded) => {
    const { keyName, keyNameDecoded } = parseToken(token.replace('skn=send', `skn=${skn}`));
    expect({ keyName, keyNameDecoded }).toEqual({ keyName: skn, keyNameDecoded: decoded });
  });

  it.each([
    ['http%3A%2F%2Fh%2Fa%20b', 'http://h/a b'],
    ['http%3A%2F%2Fh%2Fa+b', 'http://h/a b'],
    ['http%3A%2F%2Fh%2Fa%2520b', 'http://h/a%20b'],
    ['http://h/a', 'http://h/a'],
  ])('decodes the resource %j once, to %j', (sr, audience) => {
    expect(parseToken(token.replace(SR, sr))).toMatchObject({ resource: sr, audience });
  });

  it('keeps leading zeros of the expiry, which are signed', () => {
    const read = parseToken(token.replace('se=', 'se=00'));
    expect(read).toMatchObject({ expiry: '001700003600', expiresAt: new Date(1_700_003_600_000) });
  });

  it.each([
    '',
    ' ',
    'SharedAccessSignature',
    'SharedAccessSignature ',
    `Bearer sr=${SR}&sig=x&se=1&skn=y`,
    token.replace(' ', ''),
    token.replace(`sr=${SR}&`, ''),
    token.replace(`&sig=${SIG}`, ''),
    token.replace('&se=1700003600', ''),
    token.replace('&skn=send', ''),
    token.replace(SR, ''),
    token.replace(SIG, ''),
    token.replace('skn=send', 'skn='),
    token.replace('skn=send', 'skn'),
    token.replace(SR, 'http%3A%2'),
    token.replace(SR, '%FF'),
    token.replace(SIG, 'abc%3'),
    token.replace('1700003600', ''),
    token.replace('1700003600', '-1'),
    token.replace('1700003600', '1.5'),
    token.replace('1700003600', '1e9'),
    token.replace('1700003600', '0x10'),
    token.replace('1700003600', ' 1700003600'),
    token.replace('1700003600', '8640000000001'),
    token.replace('1700003600', '9'.repeat(400)),
    `${token}&`,
    `${token}&se=1700003600`,
    `${token}&SR=${SR}`,
  ])('refuses %j', (text) => {
    expect(() => parseToken(text)).toThrow(malformed);
  });

  it('refuses what is no text', () => {
    expect(() => parseToken(undefined as unknown as string)).toThrow(malformed);
  });

  it('does not repeat the token when it refuses it', () => {
    expect(() => parseToken(token.replace('&skn=send', ''))).toThrow(/^(?!.*(1700003600|M5w6|contoso))/);
  });
});

describe('verifying a token', () => {
  const good = createToken({ resource: 'http://h/hyco/', keyName: 'send', key: KEY });

  it('takes the key that made it, and no other', () => {
    expect(verifyToken(parseToken(good), KEY)).toBe(true);
    expect(verifyToken(parseToken(good), `${KEY} `)).toBe(false);
    expect(verifyToken(parseToken(good), '')).toBe(false);
  });

  it.each([
    ['resource', (text: string) => text.replace('hyco', 'Hyco')],
    ['encoding of the resource', (text: string) => text.replace('%3A', '%3a')],
    ['expiry', (text: string) => text.replace('se=', 'se=1')],
    ['spelling of the expiry', (text: string) => text.replace('se=', 'se=0')],
  ])('notices another %s', (_, change) => {
    expect(change(good)).not.toBe(good);
    expect(verifyToken(parseToken(change(good)), KEY)).toBe(false);
  });

  it.each(['AAAA', '====', '!!!!', 'a', `${'A'.repeat(43)}=`, `${'A'.repeat(86)}==`, '\u00e9'.repeat(44)])(
    'says no to the signature %j',
    (sig) => {
      expect(verifyToken(parseToken(good.replace(/sig=[^&]*/, `sig=${sig}`)), KEY)).toBe(false);
    },
  );
});

describe('making a token', () => {
  it('lets it live for an hour unless told', () => {
    const made = createToken({ resource: 'http://h/', keyName: 'k', key: KEY, now: () => 1_000_999 });
    expect(parseToken(made).expiresAt).toEqual(new Date((1000 + 3600) * 1000));
  });

  it('reads the clock of the machine unless given one', () => {
    const before = Date.now() - 1000;
    const { expiresAt } = parseToken(
      createToken({ resource: 'http://h/', keyName: 'k', key: KEY, ttlSeconds: 60 }),
    );
    expect(expiresAt.getTime() - 60_000).toBeGreaterThanOrEqual(before);
    expect(expiresAt.getTime() - 60_000).toBeLessThanOrEqual(Date.now());
  });

  it('writes fields that the strictest reader takes: this order, one "=" in each', () => {
    const made = createToken({
      resource: "http://h/a=b&c'd e",
      keyName: "r=&'+ é",
      key: KEY,
      ttlSeconds: 0.5,
      now: () => 0,
    });
    expect(made).toMatch(
      /^SharedAccessSignature sr=http%3A%2F%2Fh%2Fa%3Db%26c%27d%20e&sig=[A-Za-z0-9%]+&se=1&skn=r%3D%26%27%2B%20%C3%A9$/,
    );
  });

  it.each([
    ['resource', { resource: '' }],
    ['resource', { resource: '\ud800' }],
    ['keyName', { keyName: '' }],
    ['keyName', { keyName: 'k'.repeat(257) }],
    ['keyName', { keyName: '\udfff' }],
    ['key', { key: '' }],
    ['key', { key: 'k'.repeat(257) }],
    ['key', { key: undefined as unknown as string }],
    ['ttlSeconds', { ttlSeconds: 0 }],
    ['ttlSeconds', { ttlSeconds: -1 }],
    ['ttlSeconds', { ttlSeconds: Number.NaN }],
    ['ttlSeconds', { ttlSeconds: Number.POSITIVE_INFINITY }],
  ])('refuses a wrong %s by name: %j', (name, wrong) => {
    const make = () => createToken({ resource: 'http://h/', keyName: 'k', key: KEY, ...wrong });
    expect(make).toThrow(badArgument);
    expect(make).toThrow(name);
  });
});
