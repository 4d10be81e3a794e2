/**
 * Section 8, row "Python" (relay-hybridconnection).
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { valuesOf } from '../../src/wire/answer.js';
import { Contoso, nextAccept, roundTrip } from '../../src/wire/contoso.js';
import { Opcode } from '../../src/wire/raw-websocket.js';

/** The websockets library offers it. */
const OFFER = ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'] as const;

let contoso: Contoso;
beforeAll(async () => {
  contoso = await Contoso.open(['Hyco']);
});
afterEach(() => contoso.drop());
afterAll(() => contoso.close());

/** `urlencode()`: form encoding. */
const token = (text: string) => encodeURIComponent(text).replace(/%20/g, '+');

/** Its tokens travel in the query only, and its listener names no id. */
const listen = () =>
  contoso.upgrade(
    `/$hc/Hyco?sb-hc-action=listen&sb-hc-token=${token(contoso.listenToken('Python', 'Hyco'))}`,
    [OFFER],
  );

const connect = (query = '') =>
  contoso.upgrade(
    `/$hc/Hyco?${query}sb-hc-action=connect&sb-hc-token=${token(contoso.sendToken('Python', 'Hyco'))}`,
    [OFFER],
  );

describe('its handshakes', () => {
  it('offer compression, which is agreed on nowhere', async () => {
    const control = await listen();
    const sender = connect();
    const { address, connectHeaders } = await nextAccept(control);
    expect(connectHeaders[OFFER[0]]).toBe(OFFER[1]); // a legal offer reaches the listener
    const atListener = await contoso.meet(address, [OFFER]);
    for (const { answer } of [control, atListener, await sender]) {
      expect(valuesOf(answer, OFFER[0])).toEqual([]);
    }
    await roundTrip(atListener, await sender);
  });
});

describe('its rejection', () => {
  it.each([
    ['', 400, 'Rejected by user code'],
    ['next=%2Fa%3Fb%3Dc&note=a+b%20c&', 404, 'No such tenant: 7 & 8'],
  ])('after the query %j was encoded as a whole again reaches the sender', async (query, status, reason) => {
    const control = await listen();
    const sender = connect(query);
    const { address } = await nextAccept(control);
    // parse_qsl() and urlencode() over all of it.
    const url = new URL(address);
    const pairs = new URLSearchParams(url.search);
    pairs.append('sb-hc-statusCode', String(status));
    pairs.append('sb-hc-statusDescription', reason);
    const refusal = expect(sender).rejects.toMatchObject({ status, reason });
    await expect(contoso.upgrade(`${url.pathname}?${pairs}`)).rejects.toMatchObject({ status: 410 });
    await refusal;
  });
});

describe('its keep-alive', () => {
  it('is a Ping with four random bytes, which come back', async () => {
    const control = await listen();
    control.frame(Opcode.ping, Buffer.from([1, 2, 3, 4]));
    const sender = connect();
    await contoso.meet((await nextAccept(control)).address);
    await sender;
    expect(control.pongs).toBe(1);
  });
});

it('a policy that may only send cannot listen, in the words its log shows', async () => {
  const credential = token(contoso.sendToken('Python', 'Hyco'));
  await expect(
    contoso.upgrade(`/$hc/Hyco?sb-hc-action=listen&sb-hc-token=${credential}`),
  ).rejects.toMatchObject({ status: 403, reason: expect.stringContaining('TrackingId:') });
});
