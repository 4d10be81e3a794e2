/**
 * Section 8, rows "hyco-ws" and "hyco-websocket": what they do that no other client does, and what ends their process.
 *
 * hyco-ws itself runs in the relay suites; here is what it does when things go wrong.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type NotSwitched, valuesOf } from '../../src/wire/answer.js';
import { clientToken } from '../../src/wire/client-tokens.js';
import { Contoso, HOST, nextAccept, roundTrip, WEBSOCKET_KEY } from '../../src/wire/contoso.js';
import type { RawWebSocket } from '../../src/wire/raw-websocket.js';
import { strict101Problems } from '../../src/wire/strict-101.js';

const ENTITY = 'hyco';
/** `ws` 1.x always offers it. */
const OFFER = ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'] as const;

let contoso: Contoso;
beforeAll(async () => {
  contoso = await Contoso.open([ENTITY]);
});
afterEach(() => contoso.drop());
afterAll(() => contoso.close());

const listen = (at: Contoso = contoso): Promise<RawWebSocket> =>
  at.upgrade(`/$hc/${ENTITY}?sb-hc-action=listen`, [
    ['ServiceBusAuthorization', at.listenToken('hyco-ws', ENTITY)],
    OFFER,
  ]);

const connect = (
  query = 'sb-hc-action=connect',
  headers: [string, string][] = [],
  at: Contoso = contoso,
): Promise<RawWebSocket> =>
  at.upgrade(`/$hc/${ENTITY}?${query}`, [
    ['ServiceBusAuthorization', at.sendToken('hyco-ws', ENTITY)],
    ...headers,
  ]);

describe('the token appended to an address without a query', () => {
  it.each([
    ['?null&sb-hc-token=', 'hyco-ws'],
    ['?null?sb-hc-token=', 'hyco-https'],
  ] as const)('as %s lets a sender in', async (joint, client) => {
    const control = await listen();
    const token = encodeURIComponent(contoso.sendToken(client, ENTITY));
    const sender = contoso.upgrade(`/$hc/${ENTITY}${joint}${token}`);
    const { address } = await nextAccept(control);
    expect(address).not.toContain('SharedAccessSignature');
    await roundTrip(await contoso.meet(address), await sender);
  });
});

describe('a control channel that drops', () => {
  it('comes back twice at once, and each sender still meets one listener', async () => {
    const first = await listen();
    first.abort();
    const twins = await Promise.all([listen(), listen()]);
    const sender = connect();
    const { address } = await Promise.any(twins.map(nextAccept));
    await roundTrip(await contoso.meet(address), await sender);
    expect(twins.map((twin) => twin.over)).toEqual([false, false]);
  });

  it('comes back without a pause for as long as it is refused, and those inside do not notice', async () => {
    // The limits that a relay has by default: ten a second, and ten seconds' worth at once.
    const strict = await Contoso.open([ENTITY], {
      limits: { listensPerSecond: 10, listensPerSecondPerAddress: 200 },
    });
    const control = await listen(strict);
    const visit = async () => {
      const sender = connect(undefined, [], strict);
      return [await strict.meet((await nextAccept(control)).address), await sender] as const;
    };
    const joined = await visit();

    const rolled = { keyName: 'defaultListener', key: 'rolled' };
    const token = clientToken('hyco-ws', { host: HOST, entity: ENTITY }, rolled);
    const statuses = new Set<number>();
    const storm = async () => {
      for (let attempt = 0; attempt < 80; attempt += 1) {
        const dial = strict.upgrade(`/$hc/${ENTITY}?sb-hc-action=listen`, [
          ['ServiceBusAuthorization', token],
        ]);
        statuses.add(
          await dial.then(
            () => 101,
            (error: NotSwitched) => error.status,
          ),
        );
      }
    };
    await Promise.all([storm(), storm(), roundTrip(...joined)]);
    expect([...statuses].sort()).toEqual([401, 503]);
    await roundTrip(...joined);
    await roundTrip(...(await visit()));
    await strict.close();
  });
});

describe('what its listener cannot survive', () => {
  it('is an accept without Sec-WebSocket-Key: it is always there', async () => {
    const control = await listen();
    const sender = connect();
    const { connectHeaders, address } = await nextAccept(control);
    expect(connectHeaders['Sec-WebSocket-Key']).toBe(WEBSOCKET_KEY);
    await contoso.meet(address);
    await sender;
  });

  it.each([
    'permessage-deflate; client_max_window_bits=99',
    'permessage-deflate; server_max_window_bits',
    'x-webkit-deflate-frame',
    'permessage-deflate; mystery=1',
    '"',
  ])('is the offer of extensions %s: it is not passed on', async (offer) => {
    const control = await listen();
    const sender = connect(undefined, [['Sec-WebSocket-Extensions', offer]]);
    const { connectHeaders, address } = await nextAccept(control);
    expect(Object.keys(connectHeaders).map((name) => name.toLowerCase())).not.toContain(
      OFFER[0].toLowerCase(),
    );
    await contoso.meet(address);
    await sender;
  });

  it('is text that is no JSON: it gets nothing but accept messages, also when a sender gives up', async () => {
    const control = await listen();
    const dial = await contoso.dial();
    const token = encodeURIComponent(contoso.sendToken('hyco-ws', ENTITY));
    dial.write(
      `GET /$hc/${ENTITY}?sb-hc-token=${token} HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\n` +
        `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${WEBSOCKET_KEY}\r\n\r\n`,
    );
    const { address } = await nextAccept(control);
    dial.destroy();
    await expect(contoso.meet(address)).rejects.toMatchObject({ status: 403 });
    expect(control.waiting).toEqual([]);
  });
});

describe('its dial of a rendezvous', () => {
  it('carries an array for headers, hence one named 0, and an offer of extensions', async () => {
    const control = await listen();
    const sender = connect('color=red&sb-hc-action=connect');
    const { address } = await nextAccept(control);
    const junk = ['0', 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'] as const;
    const atListener = await contoso.meet(address, [junk, OFFER]);
    expect(valuesOf(atListener.answer, OFFER[0])).toEqual([]);
    await roundTrip(atListener, await sender);
  });

  it('fails unless its subprotocol is repeated, which the relay does to the letter', async () => {
    const control = await listen();
    const sender = connect(undefined, [['Sec-WebSocket-Protocol', 'v1.chat,v2.chat']]);
    const { address } = await nextAccept(control);
    const atListener = await contoso.meet(address, [['Sec-WebSocket-Protocol', 'v1.chat']]);
    expect(valuesOf(atListener.answer, 'Sec-WebSocket-Protocol')).toEqual(['v1.chat']);
    expect(valuesOf((await sender).answer, 'Sec-WebSocket-Protocol')).toEqual(['v1.chat']);
  });
});

it('extensions are agreed on nowhere, though both its ends offer them', async () => {
  const control = await listen();
  const sender = connect(undefined, [[...OFFER]]);
  const atListener = await contoso.meet((await nextAccept(control)).address, [OFFER]);
  for (const { answer } of [control, atListener, await sender]) {
    expect(strict101Problems(answer, WEBSOCKET_KEY)).toEqual([]);
  }
});

it('a pair is over at once when both have sent Close, long before its timer of 30 s', async () => {
  const control = await listen();
  const sender = connect();
  const atListener = await contoso.meet((await nextAccept(control)).address);
  const atSender = await sender;
  atSender.close(1000);
  await atListener.closed();
  atListener.close(1000);
  await expect(Promise.all([atListener.ended(), atSender.ended()])).resolves.toEqual(['end', 'end']);
});

describe('hyco-websocket', () => {
  it('finds Host, key and a numeric version, without which it throws', async () => {
    const control = await listen();
    const sender = connect();
    const { connectHeaders, address } = await nextAccept(control);
    expect(connectHeaders).toMatchObject({
      Host: HOST,
      'Sec-WebSocket-Key': WEBSOCKET_KEY,
      'Sec-WebSocket-Version': expect.stringMatching(/^\d+$/),
    });
    await contoso.meet(address);
    await sender;
  });

  it.each([
    ['&statusCode=404&statusDescription=Not%20here', 'Not here'],
    ['&statusCode=404&statusDescriptionNot%20here', 'Not here'],
  ])('rejects by %s', async (appended, reason) => {
    const control = await listen();
    const sender = connect();
    const refusal = expect(sender).rejects.toMatchObject({ status: 404, reason });
    await expect(contoso.meet((await nextAccept(control)).address + appended)).rejects.toMatchObject({
      status: 410,
    });
    await refusal;
  });

  it("does not reject by a sender's own query of that name", async () => {
    const control = await listen();
    const sender = connect('statusCode=404&statusDescription=mine&sb-hc-action=connect');
    const { address } = await nextAccept(control);
    expect(address).toContain('statusCode=404&statusDescription=mine&');
    await roundTrip(await contoso.meet(address), await sender);
  });
});
