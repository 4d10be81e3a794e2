/**
 * Section 8, row "Java" (azure-relay 0.0.6): what its parsers throw on must never be sent.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Contoso, nextAccept, roundTrip } from '../../src/wire/contoso.js';
import { Opcode } from '../../src/wire/raw-websocket.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const ID = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';

let contoso: Contoso;
beforeAll(async () => {
  contoso = await Contoso.open(['hyco']);
});
afterEach(() => contoso.drop());
afterAll(() => contoso.close());

const listen = () =>
  contoso.upgrade(`/$hc/hyco?sb-hc-action=listen&sb-hc-id=${ID}`, [
    ['ServiceBusAuthorization', contoso.listenToken('Java listener', 'hyco')],
  ]);

const connect = (query = 'sb-hc-action=connect', headers: [string, string][] = []) =>
  contoso.upgrade(`/$hc/hyco?${query}`, [
    ['ServiceBusAuthorization', contoso.sendToken('Java sender', 'hyco')],
    ...headers,
  ]);

describe('an accept message that its listener can read', () => {
  it.each([
    ['of its own sender', `sb-hc-action=connect&sb-hc-id=${ID}`],
    ['of a sender with a role suffix in its id', `sb-hc-action=connect&sb-hc-id=${ID}_G3_G9`],
    ['of a sender whose id is no UUID', 'sb-hc-action=connect&sb-hc-id=laptop'],
    ['of a sender whose id has an = in it', 'sb-hc-action=connect&sb-hc-id=a%3Db'],
    ['of a sender without an id', 'sb-hc-action=connect'],
    ['of a sender with a query', 'a=1&a=2&plain&sb-hc-action=connect'],
  ])('is that %s', async (_whose, query) => {
    const control = await listen();
    const sender = connect(query);
    const accept = await nextAccept(control);
    expect(Object.keys(accept).sort()).toEqual(['address', 'connectHeaders', 'id', 'remoteEndpoint']);
    expect(accept.id).toMatch(UUID);

    // It decodes the whole query, splits it at & and each item at =, and throws on three parts.
    const decoded = decodeURIComponent(accept.address.slice(accept.address.indexOf('?') + 1));
    for (const item of decoded.split('&')) expect(item.split('=').length).toBeLessThanOrEqual(2);
    expect(decoded).toMatch(/(^|&)sb-hc-id=[0-9a-f]{8}-/);

    expect(Object.values(accept.connectHeaders).map((value) => typeof value)).not.toContain('object');
    expect(accept.remoteEndpoint).toEqual({ address: '127.0.0.1', port: expect.any(Number) });
    await roundTrip(await contoso.meet(accept.address), await sender);
  });

  it('has one string for a header that came twice', async () => {
    const control = await listen();
    const sender = connect(undefined, [
      ['X-Tag', 'one'],
      ['X-Tag', 'two'],
      ['Cookie', 'a=1'],
      ['Cookie', 'b=2'],
    ]);
    const { connectHeaders, address } = await nextAccept(control);
    expect(connectHeaders).toMatchObject({ 'X-Tag': 'one, two', Cookie: 'a=1; b=2' });
    await contoso.meet(address);
    await sender;
  });

  it('has one top-level key, as anything else makes it open its channel anew', async () => {
    const control = await listen();
    const sender = connect();
    const message = await control.json();
    expect(Object.keys(message)).toEqual(['accept']);
    await contoso.meet((message.accept as { address: string }).address);
    await sender;
  });
});

describe('its renewToken, which carries the name of a Java object', () => {
  it('ends with 1008, and it is let in again at once with a good token', async () => {
    const control = await listen();
    const token = 'com.microsoft.azure.relay.SharedAccessSignatureTokenProvider@1a2b3c';
    control.text(JSON.stringify({ renewToken: { token } }));
    await expect(control.closed()).resolves.toMatchObject({ code: 1008 });
    const next = await listen();
    const sender = connect();
    await roundTrip(await contoso.meet((await nextAccept(next)).address), await sender);
  });

  it('does not touch the connections that it has', async () => {
    const control = await listen();
    const sender = connect();
    const atListener = await contoso.meet((await nextAccept(control)).address);
    const atSender = await sender;
    control.text('{"renewToken":{"token":"com.microsoft.azure.relay.SecurityToken@7f31245a"}}');
    await control.closed();
    await roundTrip(atListener, atSender);
  });
});

describe('its sessions', () => {
  it('are sent no frame above 64 KiB', async () => {
    const control = await listen();
    const sender = connect();
    const atListener = await contoso.meet((await nextAccept(control)).address);
    (await sender).binary(Buffer.alloc(200_000));
    const sizes: number[] = [];
    while (sizes.reduce((sum, size) => sum + size, 0) < 200_000) {
      sizes.push((await atListener.next()).payload.length);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536);
  });

  it('get text as one frame as long as they can read it', async () => {
    const control = await listen();
    const sender = connect();
    const atListener = await contoso.meet((await nextAccept(control)).address);
    (await sender).text('x'.repeat(65_536));
    await expect(atListener.next()).resolves.toMatchObject({ opcode: Opcode.text, final: true });
  });

  it('see the far side closed within 500 ms of their own Close', async () => {
    const control = await listen();
    const took = async () => {
      const sender = connect();
      const atListener = await contoso.meet((await nextAccept(control)).address);
      const atSender = await sender;
      const start = performance.now();
      atListener.close(1000);
      await atSender.closed();
      atSender.close(1000);
      await Promise.all([atListener.ended(), atSender.ended()]);
      return performance.now() - start;
    };
    // The relay waits for nothing. The first time may be a busy machine's.
    await expect.poll(took).toBeLessThan(500);
  });
});

it('its sender, whose resource is the whole namespace, gets by with a policy of the hybrid connection', async () => {
  const token = contoso.sendToken('Java sender', 'hyco');
  expect(token).toContain('sr=sb%3A%2F%2Fcontoso.servicebus.windows.net&');
  await expect(connect()).rejects.toMatchObject({ status: 404 }); // nobody listens, and that is all
});

it('its listener, which asks for no subprotocol, leaves a sender that did without one', async () => {
  const control = await listen();
  const sender = connect(undefined, [['Sec-WebSocket-Protocol', 'chat']]);
  await contoso.meet((await nextAccept(control)).address);
  const names = (await sender).answer.headers.map(([name]) => name.toLowerCase());
  expect(names).not.toContain('sec-websocket-protocol');
});
