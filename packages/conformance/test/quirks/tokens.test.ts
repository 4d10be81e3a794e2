/**
 * Section 8, column "Auth + ids": every client's way to sign, to encode and to hand over a token.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientToken, inAnHour, type TokenForm, tokenForms } from '../../src/wire/client-tokens.js';
import { Contoso, HOST, nextAccept, roundTrip } from '../../src/wire/contoso.js';

/** In mixed case, as a portal may show it. hyco-websocket and Java's sender sign no more than the namespace. */
const ENTITY = 'Sales/EU-1/hyco';
const ODD_RULE = 'a+b c';

let contoso: Contoso;
beforeAll(async () => {
  const rule = (name: string, right: 'Listen' | 'Send') => ({ name, rights: [right] });
  const authorizationRules = [
    rule('defaultListener', 'Listen'),
    rule('defaultSender', 'Send'),
    rule(ODD_RULE, 'Send'),
    rule('odd listener+', 'Listen'),
  ];
  contoso = await Contoso.open([{ name: ENTITY, authorizationRules }]);
});
afterEach(() => contoso.drop());
afterAll(() => contoso.close());

const listen = (token: string, lower = false) =>
  contoso.upgrade(`/$hc/${lower ? ENTITY.toLowerCase() : ENTITY}?sb-hc-action=listen`, [
    ['ServiceBusAuthorization', token],
  ]);

/** How each way of handing over a token encodes it. */
const WAYS: Record<string, (token: string) => Promise<unknown>> = {
  'in ServiceBusAuthorization': (token) =>
    contoso.upgrade(`/$hc/${ENTITY}?sb-hc-action=connect`, [['ServiceBusAuthorization', token]]),
  'in Authorization': (token) =>
    contoso.upgrade(`/$hc/${ENTITY}?sb-hc-action=connect`, [['Authorization', token]]),
  'in the query, a space as %20': (token) =>
    contoso.upgrade(`/$hc/${ENTITY}?sb-hc-action=connect&sb-hc-token=${encodeURIComponent(token)}`),
  'in the query, a space as +': (token) =>
    contoso.upgrade(
      `/$hc/${ENTITY}?sb-hc-action=connect&sb-hc-token=${encodeURIComponent(token).replace(/%20/g, '+')}`,
    ),
  'in the query, with lower-case digits': (token) =>
    contoso.upgrade(
      `/$hc/${ENTITY}?sb-hc-token=${encodeURIComponent(token).replace(/%../g, (hex) => hex.toLowerCase())}`,
    ),
};

describe.each(tokenForms)('a token as %s writes it', (client: TokenForm) => {
  it('opens a control channel', async () => {
    await expect(listen(contoso.listenToken(client, ENTITY))).resolves.toBeDefined();
  });

  it.each(Object.keys(WAYS))('lets a sender in %s', async (way) => {
    const control = await listen(contoso.listenToken('.NET', ENTITY));
    const sender = WAYS[way]!(contoso.sendToken(client, ENTITY));
    const { address, connectHeaders } = await nextAccept(control);
    const atListener = await contoso.meet(address);
    await roundTrip((await sender) as never, atListener);
    expect(address + JSON.stringify(connectHeaders)).not.toContain('SharedAccessSignature');
  });

  it('is refused when it is signed with another key', async () => {
    const { keyName } = contoso.policy(ENTITY, 'defaultListener');
    const forged = clientToken(client, { host: HOST, entity: ENTITY }, { keyName, key: 'another' });
    await expect(listen(forged)).rejects.toMatchObject({
      status: 401,
      reason: expect.stringContaining('token has an invalid signature'),
    });
  });

  it('is refused when it is of another namespace', async () => {
    const credential = contoso.policy(ENTITY, 'defaultListener');
    const foreign = { host: 'fabrikam.servicebus.windows.net', entity: ENTITY };
    await expect(listen(clientToken(client, foreign, credential))).rejects.toMatchObject({
      status: 401,
      reason: expect.stringContaining('InvalidAudience'),
    });
  });

  it('counts for five minutes longer than it says', async () => {
    const credential = contoso.policy(ENTITY, 'defaultListener');
    const audience = { host: HOST, entity: ENTITY };
    const expired = (seconds: number) =>
      clientToken(client, audience, credential, inAnHour() - 3600 - seconds);
    await expect(listen(expired(240))).resolves.toBeDefined();
    await expect(listen(expired(360))).rejects.toMatchObject({ status: 401 });
  });
});

describe('the name of a policy with a space and a plus', () => {
  it.each(['.NET', 'hyco-ws'] as const)('is found as %s writes it', async (client) => {
    const control = await listen(contoso.listenToken('.NET', ENTITY));
    const token = clientToken(client, { host: HOST, entity: ENTITY }, contoso.policy(ENTITY, ODD_RULE));
    expect(token).toContain(client === '.NET' ? 'skn=a%2Bb+c' : 'skn=a+b c');
    const sender = contoso.upgrade(`/$hc/${ENTITY}?sb-hc-action=connect`, [
      ['ServiceBusAuthorization', token],
    ]);
    await contoso.meet((await nextAccept(control)).address);
    await expect(sender).resolves.toBeDefined();
  });
});

describe('the names of entity and host', () => {
  it('may be spelled in any case: Python signs them in lower case', async () => {
    await expect(listen(contoso.listenToken('Python', ENTITY), true)).resolves.toBeDefined();
  });
});
