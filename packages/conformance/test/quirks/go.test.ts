/**
 * Section 8, rows "Go" (yngveh) and "aztunnel / D2B", and Azure Arc's proxy from section 1.4.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientToken, inAnHour } from '../../src/wire/client-tokens.js';
import { Contoso, HOST, nextAccept, roundTrip } from '../../src/wire/contoso.js';
import { Opcode } from '../../src/wire/raw-websocket.js';

const DEEP = 'tunnels/eu/edge-1';
const ARC = `microsoft.hybridcompute/machines/${'a1'.repeat(32)}/123456789012345678/v2`;
const ID = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';

let contoso: Contoso;
beforeAll(async () => {
  contoso = await Contoso.open(['hyco', DEEP, ARC]);
});
afterEach(() => contoso.drop());
afterAll(() => contoso.close());

/** `url.QueryEscape`: form encoding. */
const queryEscape = (text: string) => encodeURIComponent(text).replace(/%20/g, '+');

const listen = (entity: string) =>
  contoso.upgrade(
    `/$hc/${entity}?sb-hc-action=listen&sb-hc-token=${queryEscape(contoso.listenToken('Go', entity))}`,
  );

describe('Go', () => {
  it('listens with a token whose resource has lower-case digits, its spaces a plus', async () => {
    const token = contoso.listenToken('Go', 'hyco');
    expect(token).toContain('sr=https%3a%2f%2fcontoso.servicebus.windows.net%2fhyco&');
    expect(queryEscape(token)).toContain('SharedAccessSignature+sr%3D');
    await expect(listen('hyco')).resolves.toBeDefined();
  });

  it('never renews its token: its channel ends with 1008 once the grace is over', async () => {
    const audience = { host: HOST, entity: 'hyco' };
    const credential = contoso.policy('hyco', 'defaultListener');
    // One second of the grace is left.
    const nearlyOver = clientToken('Go', audience, credential, inAnHour() - 3600 - 299);
    const control = await contoso.upgrade(
      `/$hc/hyco?sb-hc-action=listen&sb-hc-token=${queryEscape(nearlyOver)}`,
    );
    await expect(control.closed()).resolves.toMatchObject({
      code: 1008,
      reason: expect.stringMatching(/^ExpiredToken: .*TrackingId:/),
    });
  });

  it('answers what it does not know with an empty response, which disturbs nobody', async () => {
    const control = await listen('hyco');
    const dial = contoso.upgrade('/$hc/hyco', [['ServiceBusAuthorization', contoso.sendToken('Go', 'hyco')]]);
    const { address } = await nextAccept(control);
    control.text(
      '{"response":{"requestId":"","body":false,"statusCode":"200","statusDescription":"","responseHeaders":{}}}',
    );
    await roundTrip(await contoso.meet(address), await dial);
    expect(control.over).toBe(false);
  });
});

describe('aztunnel', () => {
  const escaped = DEEP.replaceAll('/', '%2F');
  const connect = (target: string) => contoso.upgrade(target, [['Relay-User-Agent', 'aztunnel']]);
  const url = (action: string, token: string) =>
    `/$hc/${escaped}?sb-hc-action=${action}&sb-hc-token=${queryEscape(token)}`;

  it('writes the slashes inside a name as %2F', async () => {
    const control = await contoso.upgrade(url('listen', contoso.listenToken('aztunnel', DEEP)));
    const sender = connect(url('connect', contoso.sendToken('aztunnel', DEEP)));
    const { address } = await nextAccept(control);
    await roundTrip(await contoso.meet(address), await sender);
  });

  it('tries again on 404, which is what it gets when nobody listens', async () => {
    await expect(connect(url('connect', contoso.sendToken('aztunnel', DEEP)))).rejects.toMatchObject({
      status: 404,
      reason: expect.stringContaining('There are no listeners connected'),
    });
  });

  it('puts an envelope into one message, and reads it back as one', async () => {
    const control = await contoso.upgrade(url('listen', contoso.listenToken('aztunnel', DEEP)));
    const sender = connect(url('connect', contoso.sendToken('aztunnel', DEEP)));
    const atListener = await contoso.meet((await nextAccept(control)).address);
    const atSender = await sender;
    for (const envelope of ['{"target":"db:5432"}', '{"ok":true}']) atSender.text(envelope);
    await expect(atListener.next()).resolves.toMatchObject({ opcode: Opcode.text, final: true });
    expect((await atListener.next()).payload.toString()).toBe('{"ok":true}');
  });

  it('gets along with an id that is no GUID, which the live service cannot', async () => {
    const control = await contoso.upgrade(url('listen', contoso.listenToken('aztunnel', DEEP)));
    const sender = connect(
      `${url('connect', contoso.sendToken('aztunnel', DEEP))}&sb-hc-id=${queryEscape('edge 1/α')}`,
    );
    const { id, address } = await nextAccept(control);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/);
    await roundTrip(await contoso.meet(address), await sender);
  });
});

describe('Azure Arc', () => {
  it('has names above 110 characters, and writes the question mark as part of the path', async () => {
    expect(ARC.length).toBeGreaterThan(110);
    const control = await listen(ARC);
    const sender = contoso.upgrade(`/$hc/${ARC}%3Fsb-hc-action=connect&sb-hc-id=${ID}`, [
      ['ServiceBusAuthorization', contoso.sendToken('Go', ARC)],
    ]);
    const { id, address } = await nextAccept(control);
    expect(id.startsWith(ID)).toBe(true);
    await roundTrip(await contoso.meet(address), await sender);
  });

  it('is told its own id when nobody listens', async () => {
    const sender = contoso.upgrade(`/$hc/${ARC}%3Fsb-hc-action=connect&sb-hc-id=${ID}`, [
      ['ServiceBusAuthorization', contoso.sendToken('Go', ARC)],
    ]);
    await expect(sender).rejects.toMatchObject({
      status: 404,
      reason: expect.stringContaining(`TrackingId:${ID}`),
    });
  });
});
