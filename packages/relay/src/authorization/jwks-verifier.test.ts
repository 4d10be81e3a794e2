import { createHmac, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JwtOptions } from '../config/options.js';
import { JwksVerifier } from './jwks-verifier.js';

const ISSUER = 'https://login.example/tenant/v2.0';
const AUDIENCE = 'https://relay.azure.net/';
const NOW = Date.parse('2026-01-01T00:00:00Z');
const PURPOSE = { namespace: 'relay.example', hybridConnection: 'Payroll/sql' };

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });

const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' });
const KEYS = { keys: [jwk(rsa.publicKey, 'rsa'), jwk(ec.publicKey, 'ec')] } as JwtOptions['jwks'] & object;

async function token(
  payload: JWTPayload = {},
  { alg = 'RS256', kid = 'rsa', key = rsa.privateKey }: { alg?: string; kid?: string; key?: KeyObject } = {},
): Promise<string> {
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'app',
    exp: NOW / 1_000 + 3_600,
    roles: ['Send'],
    ...payload,
  };
  return new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key);
}

const verifier = (options: Partial<JwtOptions> = {}) =>
  new JwksVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: KEYS, ...options }, () => NOW);

describe('a JSON Web Token', () => {
  it.each([
    ['RS256', 'rsa', rsa.privateKey],
    ['ES256', 'ec', ec.privateKey],
  ])('with %s is good', async (alg, kid, key) => {
    expect(await verifier().verify(await token({}, { alg, kid, key }), PURPOSE)).toEqual({
      verified: true,
      subject: 'app',
      issuer: ISSUER,
      expiresAt: new Date(NOW + 3_600_000),
      rights: ['Send'],
    });
  });

  it('may be for several audiences', async () => {
    const verdict = await verifier({ audience: ['other', AUDIENCE] }).verify(
      await token({ aud: ['x', AUDIENCE] }),
      PURPOSE,
    );
    expect(verdict.verified).toBe(true);
  });

  it.each<[string, () => Promise<string> | string, string]>([
    ['of a stranger', () => token({}, { key: stranger.privateKey }), 'signature'],
    ['with a key that nobody knows', () => token({}, { kid: 'nobody' }), 'signature'],
    ['with another algorithm of the same key', () => token({}, { alg: 'RS512' }), 'signature'],
    ['with no signature at all', () => unsigned('none'), 'signature'],
    ['with the public key as a shared one', () => confused(), 'signature'],
    ['of another issuer', () => token({ iss: 'https://evil.example' }), 'signature'],
    ['for something else', () => token({ aud: 'https://graph.example' }), 'audience'],
    ['without an audience', () => token({ aud: undefined as never }), 'audience'],
    ['whose time is over', () => token({ exp: NOW / 1_000 - 301 }), 'expired'],
    ['whose time has no end', () => token({ exp: undefined as never }), 'signature'],
    ['whose time is to come', () => token({ nbf: NOW / 1_000 + 301 }), 'signature'],
    ['that is broken', () => 'eyJ.x.y', 'malformed'],
  ])('%s is refused', async (_, make, because) => {
    expect(await verifier().verify(await make(), PURPOSE)).toMatchObject({ verified: false, because });
  });

  it('is given a little time, since clocks differ', async () => {
    for (const claims of [{ exp: NOW / 1_000 - 299 }, { nbf: NOW / 1_000 + 299 }]) {
      expect(await verifier().verify(await token(claims), PURPOSE)).toMatchObject({ verified: true });
      expect(await verifier({ clockSkewMs: 0 }).verify(await token(claims), PURPOSE)).toMatchObject({
        verified: false,
      });
    }
  });
});

describe('the rights of a JSON Web Token', () => {
  const roles = {
    everything: { rights: ['Manage'] },
    payroll: { rights: ['Listen', 'Send'], hybridConnections: ['payroll/SQL'] },
    other: { rights: ['Send'], hybridConnections: ['other'] },
  } as const;

  it.each<[JWTPayload, Partial<JwtOptions>, string[]]>([
    [{ roles: ['Listen', 'Send', 'nonsense'] }, {}, ['Listen', 'Send']],
    [{ roles: 'Listen Manage' }, {}, ['Listen', 'Manage']],
    [{ roles: undefined as never }, {}, []],
    [{ roles: { Send: true } as never }, {}, []],
    [{ roles: ['toString', '__proto__'] }, {}, []],
    [{ scp: 'Send' }, { rolesClaim: 'scp' }, ['Send']],
    [{ roles: ['everything'] }, { roles }, ['Manage']],
    [{ roles: ['payroll', 'other'] }, { roles }, ['Listen', 'Send']],
    [{ roles: ['Send'] }, { roles }, []],
  ])('%j are those of its roles, with %j: %j', async (claims, options, rights) => {
    expect(await verifier(options).verify(await token(claims), PURPOSE)).toMatchObject({
      verified: true,
      rights,
    });
  });
});

describe('an issuer that publishes its keys', () => {
  let requests = 0;
  let answer: (response: http.ServerResponse) => void;
  const server = http.createServer((_, response) => {
    requests += 1;
    answer(response);
  });
  let jwks: string;
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  });
  beforeEach(() => {
    requests = 0;
    answer = (response) => response.end(JSON.stringify(KEYS));
  });
  afterAll(() => server.close());

  it('is asked once for many tokens', async () => {
    const remote = verifier({ jwks });
    const tokens = await Promise.all([
      token(),
      token(),
      token({}, { alg: 'ES256', kid: 'ec', key: ec.privateKey }),
    ]);
    const verdicts = await Promise.all(tokens.map((each) => remote.verify(each, PURPOSE)));
    expect(verdicts.every(({ verified }) => verified)).toBe(true);
    expect(requests).toBe(1);
  });

  it('is not asked for each key that somebody makes up', async () => {
    const remote = verifier({ jwks });
    await remote.verify(await token(), PURPOSE);
    for (let i = 0; i < 5; i += 1) {
      const made = await token({}, { kid: randomUUID() });
      expect(await remote.verify(made, PURPOSE)).toMatchObject({ because: 'signature' });
    }
    expect(requests).toBe(1);
  });

  it('is asked again after a while, so that keys come and go', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const remote = verifier({ jwks });
    const old = await token();
    expect(await remote.verify(old, PURPOSE)).toMatchObject({ verified: true });
    answer = (response) => response.end(JSON.stringify({ keys: [jwk(stranger.publicKey, 'next')] }));
    vi.advanceTimersByTime(601_000);
    expect(await remote.verify(old, PURPOSE)).toMatchObject({ because: 'signature' });
    const next = await token({}, { kid: 'next', key: stranger.privateKey });
    expect(await remote.verify(next, PURPOSE)).toMatchObject({ verified: true });
    vi.useRealTimers();
  });

  it.each<[string, (response: http.ServerResponse) => void]>([
    ['fails', (response) => response.writeHead(500).end()],
    ['cuts the connection', (response) => response.destroy()],
    ['answers with something else', (response) => response.end('<html>')],
    ['answers without keys', (response) => response.end('{"keys":1}')],
    ['answers without end', (response) => response.end(Buffer.alloc(300_000, ' '))],
    ['sends one elsewhere', (response) => response.writeHead(302, { Location: jwks }).end()],
  ])('is unavailable when it %s', async (_, how) => {
    answer = how;
    expect(await verifier({ jwks }).verify(await token(), PURPOSE)).toMatchObject({
      verified: false,
      because: 'unavailable',
    });
  });
});

describe('a key set', () => {
  it('that is none is refused at once', () => {
    expect(() => verifier({ jwks: { keys: 1 } as never })).toThrow('jwt.jwks is no key set');
    expect(() => verifier({ jwks: 'file:keys.json' })).toThrow('files are read by loadRelayConfig');
  });
});

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: 'app', exp: NOW / 1_000 + 3_600, roles: ['Manage'] };

function unsigned(alg: string): string {
  return `${encoded({ alg, kid: 'rsa' })}.${encoded(CLAIMS)}.`;
}

/** The old trick: the public key is known, so it is used as the key of an HMAC. */
function confused(): string {
  const text = `${encoded({ alg: 'HS256', kid: 'rsa' })}.${encoded(CLAIMS)}`;
  const key = rsa.publicKey.export({ type: 'spki', format: 'pem' });
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}
