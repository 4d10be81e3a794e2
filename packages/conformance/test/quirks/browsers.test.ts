/**
 * Section 8, row "Browsers / plain ws / curl": nothing but an address, and headers that nobody chose.
 *
 * A real browser is in `browser.test.ts`.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Contoso, nextAccept, roundTrip } from '../../src/wire/contoso.js';

let contoso: Contoso;
beforeAll(async () => {
  contoso = await Contoso.open(['hyco', { name: 'open', requiresClientAuthorization: false }]);
});
afterEach(() => contoso.drop());
afterAll(() => contoso.close());

const listen = (entity: string) =>
  contoso.upgrade(`/$hc/${entity}?sb-hc-action=listen`, [
    ['ServiceBusAuthorization', contoso.listenToken('.NET', entity)],
  ]);

it('a token in the query is enough: a missing action means connect', async () => {
  const control = await listen('hyco');
  const token = encodeURIComponent(contoso.sendToken('documentation snippet', 'hyco'));
  const sender = contoso.upgrade(`/$hc/hyco/room/1?lang=en&sb-hc-token=${token}`);
  const { address } = await nextAccept(control);
  expect(address).toContain('/$hc/hyco/room/1?lang=en&sb-hc-action=accept&');
  await roundTrip(await contoso.meet(address), await sender);
});

it('an anonymous hybrid connection needs nothing at all', async () => {
  const control = await listen('open');
  const sender = contoso.upgrade('/$hc/open');
  await roundTrip(await contoso.meet((await nextAccept(control)).address), await sender);
});

it('a token that an anonymous hybrid connection does not ask for is hidden all the same', async () => {
  const control = await listen('open');
  const sender = contoso.upgrade('/$hc/open?sb-hc-token=whatever', [
    ['ServiceBusAuthorization', 'whatever'],
    ['Authorization', 'Basic YTpi'],
  ]);
  const { address, connectHeaders } = await nextAccept(control);
  expect(address + JSON.stringify(connectHeaders)).not.toContain('whatever');
  expect(connectHeaders.Authorization).toBe('Basic YTpi'); // not the relay's: nobody was to be authorized
  await contoso.meet(address);
  await sender;
});

it("the page's Origin, cookies and language reach the listener", async () => {
  const control = await listen('open');
  const headers = [
    ['Origin', 'https://app.contoso.com'],
    ['Cookie', 'session=1'],
    ['Accept-Language', 'de-DE'],
    ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'],
  ] as const;
  const sender = contoso.upgrade('/$hc/open', headers);
  const { address, connectHeaders } = await nextAccept(control);
  expect(connectHeaders).toMatchObject(Object.fromEntries(headers));
  await contoso.meet(address);
  await sender;
});
