/**
 * Section 8: JSON Web Tokens as .NET and azbridge (raw, in a header), aztunnel (raw, in the query) and D2B (behind
 * `Bearer`) send them; and what HCM v2 asks for besides.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { valuesOf } from '../../src/wire/answer.js';
import { Contoso, type HeaderLines, HOST } from '../../src/wire/contoso.js';

const ISSUER = 'https://sts.windows.net/tenant/';
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

let contoso: Contoso;
beforeAll(async () => {
  const jwks = {
    keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }],
  };
  contoso = await Contoso.open(['hyco', { name: 'sql', endpoint: 'DB01.corp.local:1433' }], {
    jwt: { issuer: ISSUER, audience: 'https://relay.azure.net/', jwks: jwks as never },
  });
});
afterEach(() => contoso.drop());
afterAll(() => contoso.close());

function jsonWebToken(roles: readonly string[]): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: ISSUER,
    aud: 'https://relay.azure.net/',
    sub: 'app',
    exp: Math.floor(Date.now() / 1000) + 3600,
    roles,
  };
  const text = `${part({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), keys.privateKey).toString('base64url')}`;
}

describe('a JSON Web Token', () => {
  const listen = (query: string, headers: HeaderLines = []) =>
    contoso.upgrade(`/$hc/hyco?sb-hc-action=listen${query}`, headers);

  it.each<[string, (token: string) => Promise<unknown>]>([
    ['as .NET and azbridge send it', (token) => listen('', [['ServiceBusAuthorization', token]])],
    ['as aztunnel sends it', (token) => listen(`&sb-hc-token=${token}`)],
    ['as D2B sends it', (token) => listen(`&sb-hc-token=Bearer+${token}`)],
    ['in Authorization', (token) => listen('', [['Authorization', `Bearer ${token}`]])],
  ])('%s opens a control channel', async (_, open) => {
    await expect(open(jsonWebToken(['Listen']))).resolves.toBeDefined();
    await expect(open(jsonWebToken(['Send']))).rejects.toMatchObject({ status: 403 });
    await expect(open(`${jsonWebToken(['Listen']).slice(0, -8)}AAAAAAAA`)).rejects.toMatchObject({
      status: 401,
    });
  });
});

describe('HCM v2', () => {
  const ask = (entity: string, token: string) =>
    contoso.exchange('GET', `/${entity}?api-version=2016-07`, [
      ['Host', `${HOST}:443`],
      ['X-PROCESS-AT', 'ServiceBus'],
      ['Authorization', token],
    ]);

  it('learns its target by a key that may only listen, its members in the order of the contract', async () => {
    const answer = await ask('sql', contoso.listenToken('.NET', 'sql'));
    expect(answer.status).toBe(200);
    expect(valuesOf(answer, 'Content-Type')).toEqual(['application/atom+xml;type=entry;charset=utf-8']);
    const order = ['CreatedAt', 'UpdatedAt', 'RequiresClientAuthorization', 'UserMetadata', 'ListenerCount'];
    const found = [...answer.body.matchAll(/<(\w+)>[^<]*<\/\1>/g)].map(([, name]) => name);
    expect(found.filter((name) => order.includes(name!))).toEqual(order);
    expect(answer.body).toContain('http://schemas.microsoft.com/netservices/2010/10/servicebus/connect');
    // It lower-cases the whole text before it reads it.
    const metadata = /<UserMetadata>([^<]*)</.exec(answer.body)![1]!.replaceAll('&quot;', '"').toLowerCase();
    expect(JSON.parse(metadata)).toContainEqual({ key: 'endpoint', value: 'db01.corp.local:1433' });
  });

  it('is told that there is no such hybrid connection by a feed', async () => {
    const answer = await ask('nowhere', contoso.listenToken('.NET', 'sql'));
    const [type = ''] = valuesOf(answer, 'Content-Type');
    expect(answer.status === 404 || type.includes('type=feed')).toBe(true);
  });

  it('is told of a bad token in XML with a TrackingId', async () => {
    const answer = await ask('sql', 'SharedAccessSignature sr=x&sig=y&se=1&skn=z');
    expect(answer.status).toBe(401);
    expect(answer.body).toMatch(/^<Error><Code>401<\/Code><Detail>.*TrackingId:.*<\/Detail><\/Error>$/);
  });

  it('tests a namespace by a look at its root, without a token', async () => {
    expect((await contoso.exchange('GET', '/')).status).toBe(200);
  });
});
