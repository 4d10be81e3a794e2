/**
 * Section 8, rows "azbridge" and "HCM v2": streams whose bytes are not ours to touch, written as those two write them.
 *
 * Source: docs/protocol.md, section 7 (what travels inside the stream).
 */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Contoso, HOST, nextAccept } from '../../src/wire/contoso.js';
import { Opcode, type RawWebSocket } from '../../src/wire/raw-websocket.js';

let contoso: Contoso;
beforeAll(async () => {
  contoso = await Contoso.open(['hyco']);
});
afterEach(() => contoso.drop());
afterAll(() => contoso.close());

async function pair(): Promise<readonly [atSender: RawWebSocket, atListener: RawWebSocket]> {
  const control = await contoso.upgrade('/$hc/hyco?sb-hc-action=listen', [
    ['Host', `${HOST}:443`],
    ['ServiceBusAuthorization', contoso.listenToken('.NET', 'hyco')],
  ]);
  const sender = contoso.upgrade('/$hc/hyco?sb-hc-action=connect', [
    ['Host', `${HOST}:443`],
    ['ServiceBusAuthorization', contoso.sendToken('.NET', 'hyco')],
  ]);
  const atListener = await contoso.meet((await nextAccept(control)).address);
  return [await sender, atListener];
}

/** Two messages of the sender, one of the listener. */
async function preamble(
  [atSender, atListener]: readonly [RawWebSocket, RawWebSocket],
  mode: 0 | 1,
  portName: string,
): Promise<void> {
  const sent = [Buffer.from([1, 0, mode, portName.length]), Buffer.from(portName)];
  for (const message of sent) atSender.binary(message);
  for (const message of sent) {
    const frame = await atListener.next();
    expect(frame).toMatchObject({ opcode: Opcode.binary, final: true });
    expect(frame.payload.equals(message)).toBe(true);
  }
  atListener.binary(Buffer.from([1, 0, mode]));
  expect([...(await atSender.next()).payload]).toEqual([1, 0, mode]);
}

describe('azbridge with a TCP port', () => {
  it('exchanges its preamble, then half-closes: the question ends before the answer begins', async () => {
    const ends = await pair();
    const [atSender, atListener] = ends;
    await preamble(ends, 0, 'sql');
    const question = randomBytes(65_536);
    atSender.binary(question);
    atSender.close(1000, 'Shutdown');
    expect((await atListener.next()).payload.equals(question)).toBe(true);
    await expect(atListener.closed()).resolves.toEqual({ code: 1000, reason: 'Shutdown' });

    const answer = randomBytes(65_536);
    for (let part = 0; part < 10; part += 1) atListener.binary(answer);
    for (let part = 0; part < 10; part += 1) {
      expect((await atSender.next()).payload.equals(answer)).toBe(true);
    }
    atListener.close(1000, 'Shutdown');
    await expect(atSender.closed()).resolves.toEqual({ code: 1000, reason: 'Shutdown' });
  });

  it('gets its three bytes of refusal and both ends', async () => {
    const [atSender, atListener] = await pair();
    atSender.binary(Buffer.from([2, 0, 0, 3]));
    await atListener.next();
    atListener.binary(Buffer.from([0, 0, 0]));
    atListener.close(1000, 'Shutdown');
    expect([...(await atSender.next()).payload]).toEqual([0, 0, 0]);
    await expect(atSender.closed()).resolves.toMatchObject({ code: 1000 });
  });
});

describe('azbridge with a UDP port', () => {
  it('gets each datagram as one frame, up to the longest there is', async () => {
    const ends = await pair();
    await preamble(ends, 1, '3434U');
    const datagrams = [0, 1, 508, 1_472, 9_000, 65_507].map((size) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(size);
      return Buffer.concat([length, randomBytes(size)]);
    });
    for (const [from, to] of [ends, [...ends].reverse()] as [RawWebSocket, RawWebSocket][]) {
      for (const datagram of datagrams) from.binary(datagram);
      for (const datagram of datagrams) {
        const frame = await to.next();
        expect(frame).toMatchObject({ opcode: Opcode.binary, final: true });
        expect(frame.payload.equals(datagram)).toBe(true);
      }
    }
  });

  it('gets a frame of 65,536 bytes whole, which is the longest that the relay never splits', async () => {
    const [atSender, atListener] = await pair();
    const sent = randomBytes(65_536);
    atSender.binary(sent);
    const { final, payload } = await atListener.next();
    expect(final && payload.equals(sent)).toBe(true);
  });
});

describe('HCM v2', () => {
  it("forwards the first byte: there is nothing in front of the target's bytes", async () => {
    const [atSender, atListener] = await pair();
    const startup = Buffer.from('00000008 04d2162f'.replace(' ', ''), 'hex');
    atSender.binary(startup);
    expect((await atListener.next()).payload.equals(startup)).toBe(true);
  });

  it('waits for both pumps and closes with CloseAsync, without ever half-closing', async () => {
    const [atSender, atListener] = await pair();
    atListener.binary(Buffer.from('bye'));
    atListener.close(1000, 'CloseAsync');
    expect((await atSender.next()).payload.toString()).toBe('bye');
    await expect(atSender.closed()).resolves.toEqual({ code: 1000, reason: 'CloseAsync' });
    atSender.close(1000, 'CloseAsync');
    await expect(atListener.closed()).resolves.toEqual({ code: 1000, reason: 'CloseAsync' });
    await expect(Promise.all([atSender.ended(), atListener.ended()])).resolves.toEqual(['end', 'end']);
  });

  it('is given connection strings in the one order that it reads', () => {
    expect(contoso.relay.connectionString('hyco', 'defaultListener')).toMatch(
      /^Endpoint=\w+:\/\/[^;]+;SharedAccessKeyName=[a-zA-Z0-9-]+;SharedAccessKey=[a-zA-Z0-9+/=]+;EntityPath=[a-zA-Z0-9-]+$/,
    );
  });
});
