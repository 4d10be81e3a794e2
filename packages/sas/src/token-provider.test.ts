import { describe, expect, it } from 'vitest';
import { parseConnectionString } from './connection-string.js';
import { createToken, parseToken, verifyToken } from './token.js';
import { fixedTokenProvider, sharedAccessKeyProvider, tokenProviderFor } from './token-provider.js';

const rule = { keyName: 'send', key: 'kPD6B3mVbsAkQOjcWqzTyf4p1zF3Q6Wnq1mB2rX9s0E=' };

describe('a provider with a key', () => {
  it('signs for the resource it is asked for', async () => {
    const { token, expiresAt } = await sharedAccessKeyProvider(rule).getToken('http://h/a/');
    const read = parseToken(token);
    expect(read).toMatchObject({ audience: 'http://h/a/', keyName: 'send', expiresAt });
    expect(verifyToken(read, rule.key)).toBe(true);
  });

  it('gives the same token until half of its life is over, then a new one', async () => {
    let time = 5_000_000;
    const provider = sharedAccessKeyProvider({ ...rule, ttlSeconds: 100, now: () => time });
    const first = await provider.getToken('http://h/a/');
    time += 49_999;
    expect(await provider.getToken('http://h/a/')).toBe(first);
    time += 1;
    const second = await provider.getToken('http://h/a/');
    expect(second.expiresAt.getTime() - first.expiresAt.getTime()).toBe(50_000);
    expect(await provider.getToken('http://h/a/')).toBe(second);
  });

  it('keeps a token for each resource, but not for any number of them', async () => {
    const provider = sharedAccessKeyProvider(rule);
    const first = await provider.getToken('http://h/0/');
    for (let i = 1; i < 64; i += 1) await provider.getToken(`http://h/${i}/`);
    expect(await provider.getToken('http://h/0/')).toBe(first);
    await provider.getToken('http://h/64/');
    expect(await provider.getToken('http://h/0/')).not.toBe(first);
  });

  it('refuses a key that cannot be used at once', () => {
    expect(() => sharedAccessKeyProvider({ ...rule, key: '' })).toThrow(
      expect.objectContaining({ code: 'ERR_SAS_ARGUMENT' }),
    );
  });
});

describe('a provider with a ready-made token', () => {
  const token = createToken({ ...rule, resource: 'http://h/', now: () => 0 });

  it('gives that token, expired or not', async () => {
    const provider = fixedTokenProvider(` ${token}\n`);
    expect(await provider.getToken('http://elsewhere/')).toEqual({ token, expiresAt: new Date(3_600_000) });
  });

  it('refuses what is no token at once', () => {
    expect(() => fixedTokenProvider('Bearer x')).toThrow(
      expect.objectContaining({ code: 'ERR_SAS_MALFORMED_TOKEN' }),
    );
  });
});

describe('the provider for a connection string', () => {
  it('signs with the key in it', async () => {
    const text = `Endpoint=sb://h/;SharedAccessKeyName=send;SharedAccessKey=${rule.key}`;
    const access = await tokenProviderFor(parseConnectionString(text))?.getToken('http://h/');
    expect(verifyToken(parseToken(access?.token ?? ''), rule.key)).toBe(true);
  });

  it('gives the token in it', async () => {
    const token = createToken({ ...rule, resource: 'http://h/' });
    const provider = tokenProviderFor(
      parseConnectionString(`Endpoint=sb://h/;SharedAccessSignature=${token}`),
    );
    expect(await provider?.getToken('http://h/')).toMatchObject({ token });
  });

  it('is none when there is no credential', () => {
    expect(tokenProviderFor(parseConnectionString('Endpoint=sb://h/'))).toBeUndefined();
  });

  it('is not the anonymous one for a managed identity', () => {
    const connection = parseConnectionString('Endpoint=sb://h/;Authentication=Managed Identity');
    expect(() => tokenProviderFor(connection)).toThrow(
      expect.objectContaining({ code: 'ERR_SAS_CONNECTION_STRING' }),
    );
  });
});
