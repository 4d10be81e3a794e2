/**
 * Section 8, row ".NET" (and what azbridge and HCM v2, which stand on it, inherit).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NotSwitched } from '../../src/wire/answer.js';
import { clientToken, inAnHour } from '../../src/wire/client-tokens.js';
import { Contoso, HOST, nextAccept, roundTrip, WEBSOCKET_KEY } from '../../src/wire/contoso.js';
import { Opcode, type RawWebSocket } from '../../src/wire/raw-websocket.js';
import { strict101Problems } from '../../src/wire/strict-101.js';

const ID = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';
/** Its own WebSocket stack always names the port. */
const HOST_WITH_PORT = ['Host', `${HOST}:443`] as const;
const USER_AGENT = ['Relay-User-Agent', 'azure-relay-dotnet/3.0.1 (Linux; .NET 8.0.11)'] as const;

let contoso: Contoso;
beforeAll(async () => {
  contoso = await Contoso.open(['hyco'], { timeouts: { pingIntervalMs: 100, pongMs: 10_000 } });
});
afterEach(() => contoso.drop());
afterAll(() => contoso.close());

const listen = (id: string = ID, token = contoso.listenToken('.NET', 'hyco')) =>
  contoso.upgrade(`/$hc/hyco?sb-hc-action=listen&sb-hc-id=${id}`, [
    HOST_WITH_PORT,
    ['ServiceBusAuthorization', token],
    USER_AGENT,
  ]);

const connect = (query = '', headers: [string, string][] = []) =>
  contoso.upgrade(`/$hc/hyco?${query}sb-hc-action=connect&sb-hc-id=${ID}`, [
    HOST_WITH_PORT,
    ['ServiceBusAuthorization', contoso.sendToken('.NET', 'hyco')],
    USER_AGENT,
    ...headers,
  ]);

async function pair(): Promise<{ control: RawWebSocket; atListener: RawWebSocket; atSender: RawWebSocket }> {
  const control = await listen();
  const sender = connect();
  const { address } = await nextAccept(control);
  const atListener = await contoso.meet(address, [HOST_WITH_PORT]);
  return { control, atListener, atSender: await sender };
}

describe('its strict reading of a 101', () => {
  it('finds nothing to object to, on any of the three handshakes', async () => {
    const { control, atListener, atSender } = await pair();
    for (const { answer } of [control, atListener, atSender]) {
      expect(strict101Problems(answer, WEBSOCKET_KEY)).toEqual([]);
    }
  });

  it('finds the one subprotocol that both ends named', async () => {
    const control = await listen();
    const sender = connect('', [['Sec-WebSocket-Protocol', 'chat, v2']]);
    const { address, connectHeaders } = await nextAccept(control);
    expect(connectHeaders['Sec-WebSocket-Protocol']).toBe('chat, v2');
    const atListener = await contoso.meet(address, [['Sec-WebSocket-Protocol', 'chat']]);
    expect(strict101Problems(atListener.answer, WEBSOCKET_KEY, ['chat'])).toEqual([]);
    expect(strict101Problems((await sender).answer, WEBSOCKET_KEY, ['chat', 'v2'])).toEqual([]);
  });
});

describe('its listener', () => {
  it('finds the port of its Host header in addresses, and none in the name that a token needs', async () => {
    const control = await listen();
    const sender = connect();
    const { address } = await nextAccept(control);
    expect(address).toMatch(/^ws:\/\/contoso\.servicebus\.windows\.net:443\/\$hc\/hyco\?/);
    await contoso.meet(address, [HOST_WITH_PORT]);
    await sender;
  });

  it('gets its GUID back, with which the sender began', async () => {
    const control = await listen();
    const sender = connect();
    const { id, address } = await nextAccept(control);
    expect(id.startsWith(ID)).toBe(true);
    await contoso.meet(address);
    await sender;
  });

  it('takes its own place when it comes back with the GUID and no suffix', async () => {
    const old = await listen();
    const next = await listen();
    await expect(old.closed()).resolves.toMatchObject({ code: 1001 });
    const sender = connect();
    await contoso.meet((await nextAccept(next)).address);
    await sender;
  });

  it('renews its token at the moment of expiry, and stays', async () => {
    const credential = contoso.policy('hyco', 'defaultListener');
    const audience = { host: HOST, entity: 'hyco' };
    const justExpired = clientToken('.NET', audience, credential, inAnHour() - 3600);
    const control = await listen(ID, justExpired);
    const token = contoso.listenToken('.NET', 'hyco');
    // Its JSON escapes slashes.
    control.text(`{"renewToken":${JSON.stringify({ token }).replaceAll('/', '\\/')}}`);
    const sender = connect();
    await contoso.meet((await nextAccept(control)).address);
    await sender;
  });

  it.each([
    ['an empty Ping', Opcode.ping],
    ['an unsolicited Pong', Opcode.pong],
  ])('may keep its channel alive with %s', async (_what, opcode) => {
    const control = await listen();
    control.frame(opcode);
    const sender = connect();
    const atListener = await contoso.meet((await nextAccept(control)).address);
    const atSender = await sender;
    for (const each of [atListener, atSender]) each.frame(opcode);
    await roundTrip(atListener, atSender);
    if (opcode === Opcode.ping) expect([control.pongs, atListener.pongs, atSender.pongs]).toEqual([1, 1, 1]);
  });

  it('is pinged on its channel and on both legs, which nobody else does', async () => {
    const { control, atListener, atSender } = await pair();
    await sleep(400);
    for (const each of [control, atListener, atSender]) expect(each.pings).toBeGreaterThan(0);
    await roundTrip(atListener, atSender);
  });

  it('is never sent more than the 64 KiB that it can read: such a sender is refused', async () => {
    const control = await listen();
    const query = `next=${'x'.repeat(15_000)}&`;
    const headers = Array.from({ length: 3 }, (_, index) => [`X-Long-${index}`, '"'.repeat(9_000)]);
    const refused = connect(query, headers as [string, string][]);
    await expect(refused).rejects.toMatchObject({ status: expect.toBeOneOf([400, 431]) });
    const sender = connect();
    await contoso.meet((await nextAccept(control)).address);
    await sender;
  });

  it('echoes a Close, code and reason, before it comes back', async () => {
    const control = await listen();
    const next = await listen();
    const { code, reason } = await control.closed();
    control.close(code, reason);
    await expect(control.ended()).resolves.toBe('end');
    control.socket.destroy();
    expect(next.over).toBe(false);
  });

  it('is answered its own 1000 when it closes', async () => {
    const control = await listen();
    control.close(1000, 'Normal Closure');
    await expect(control.closed()).resolves.toMatchObject({ code: 1000 });
  });
});

describe('its exceptions', () => {
  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: NotSwitched) => error,
    );

  it('are made of the reason phrase, which has the text, a TrackingId and the time', async () => {
    const error = await refusal(connect());
    expect(error?.status).toBe(404);
    expect(error?.reason).toMatch(
      /^There are no listeners connected for the endpoint\. (?:\S* )?TrackingId:5b0d3a52-\S*, SystemTracker:sb:\/\/contoso\.servicebus\.windows\.net\S*hyco, Timestamp:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/,
    );
  });

  it('stop a listener for good by 404, whose text names the endpoint', async () => {
    const token = contoso.listenToken('.NET', 'hyco');
    const unknown = contoso.upgrade('/$hc/nowhere?sb-hc-action=listen', [['ServiceBusAuthorization', token]]);
    const error = await refusal(unknown);
    expect(error).toMatchObject({ status: 404, reason: expect.stringContaining('Endpoint does not exist') });
    expect(error?.reason).toContain('nowhere');
    expect(error?.reason).toContain('TrackingId:');
  });
});

describe('its streams', () => {
  it('end one direction with Close 1000 Shutdown, and go on reading', async () => {
    const { atListener, atSender } = await pair();
    for (const [one, other] of [
      [atSender, atListener],
      [atListener, atSender],
    ] as const) {
      one.close(1000, 'Shutdown');
      await expect(other.closed()).resolves.toEqual({ code: 1000, reason: 'Shutdown' });
      if (one === atListener) break;
      other.binary(Buffer.from('still here'));
      expect((await one.message()).payload.toString()).toBe('still here');
    }
    await expect(atSender.ended()).resolves.toBe('end');
    await expect(atListener.ended()).resolves.toBe('end');
  });

  it('get an error, not an end, when the other side aborts', async () => {
    const { atListener, atSender } = await pair();
    atListener.abort();
    await expect(atSender.ended()).resolves.toBeDefined();
    expect(atSender.waiting.filter(({ opcode }) => opcode === Opcode.close)).toEqual([]);
  });

  it('are sent no empty frame that nobody wrote, since that is the end of a stream to them', async () => {
    const { atListener, atSender } = await pair();
    atSender.binary(Buffer.alloc(300_000, 1));
    const sizes: number[] = [];
    for (let frame = await atListener.next(); ; frame = await atListener.next()) {
      sizes.push(frame.payload.length);
      if (frame.final) break;
    }
    expect(sizes.reduce((sum, size) => sum + size)).toBe(300_000);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536);
  });

  it('are sent the empty message that somebody did write', async () => {
    const { atListener, atSender } = await pair();
    atSender.binary(Buffer.alloc(0));
    await expect(atListener.next()).resolves.toMatchObject({ opcode: Opcode.binary, final: true });
  });

  it('write arbitrary slices as text, which the relay does not judge', async () => {
    const { atListener, atSender } = await pair();
    const half = Buffer.from('ø').subarray(0, 1);
    atSender.frame(Opcode.text, half);
    const { opcode, payload } = await atListener.next();
    expect({ opcode, payload: [...payload] }).toEqual({ opcode: Opcode.text, payload: [...half] });
  });
});
