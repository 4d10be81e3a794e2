import { once } from 'node:events';
import net from 'node:net';
import {
  applyMask,
  CloseCode,
  encodeClosePayload,
  FrameParser,
  frameHeaderLength,
  Opcode,
  parseClosePayload,
  writeFrameHeader,
} from '@hybridge/protocol';
import { Conduit } from '@hybridge/socket';
import { afterEach, describe, expect, it } from 'vitest';
import { type Bridge, type BridgeEnd, bridge } from './bridge.js';

/** A masked frame, as a client sends it. `declared` lies about the length. */
function frame(opcode: number, payload: Uint8Array | string, fin = true): Buffer {
  const bytes = Buffer.from(payload);
  const key = 0x5a3c_0f71;
  const header = frameHeaderLength(bytes.length, true);
  const out = Buffer.alloc(header + bytes.length);
  writeFrameHeader(out, 0, fin, opcode, bytes.length, key);
  bytes.copy(out, header);
  applyMask(out, header, out.length, key);
  return out;
}

interface Received {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Buffer;
}

/** A client of the bridge, on a raw socket: it keeps every frame as it came. */
class Client {
  readonly frames: Received[] = [];
  readonly #changed: Array<() => void> = [];
  ended = false;
  closed: Promise<Error | undefined>;

  constructor(readonly socket: net.Socket) {
    let open: { opcode: number; fin: boolean; length: number; parts: Buffer[] } | undefined;
    const finish = () => {
      const { opcode, fin, length, parts } = open!;
      const payload = Buffer.concat(parts);
      if (payload.length === length) this.#add({ opcode, fin, payload });
    };
    const parser = new FrameParser(
      {
        onFrame: (fin, opcode, length) => {
          open = { opcode, fin, length, parts: [] };
          if (length === 0) finish();
        },
        onPayload: (bytes, start, end) => {
          open!.parts.push(Buffer.from(bytes.subarray(start, end)));
          finish();
        },
        onControl: (opcode, payload) => this.#add({ opcode, fin: true, payload: Buffer.from(payload) }),
      },
      false,
    );
    socket.on('data', (bytes: Buffer) => parser.parse(bytes, 0, bytes.length));
    socket.on('end', () => {
      this.ended = true;
      this.#notify();
    });
    this.closed = new Promise((resolve) => {
      let error: Error | undefined;
      socket.on('error', (e) => {
        error = e;
      });
      socket.on('close', () => resolve(error));
    });
  }

  #add(received: Received): void {
    this.frames.push(received);
    this.#notify();
  }

  #notify(): void {
    for (const wake of this.#changed.splice(0)) wake();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  async next(count: number): Promise<Received[]> {
    await this.until(() => this.frames.length >= count);
    return this.frames.slice(0, count);
  }

  data(): Buffer {
    return Buffer.concat(
      this.frames.filter(({ opcode }) => opcode < Opcode.close).map(({ payload }) => payload),
    );
  }
}

const open: Array<{ destroy(): void }> = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

async function accepted(): Promise<[near: net.Socket, far: net.Socket]> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = net.connect({
    port: (server.address() as net.AddressInfo).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  const [far] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  open.push(near, far);
  return [near, far];
}

interface Bridged {
  readonly sender: Client;
  readonly listener: Client;
  readonly bridge: Bridge;
  readonly end: Promise<BridgeEnd>;
}

async function bridged(
  o: { head?: Buffer; pingIntervalMs?: number; taken?: boolean } = {},
): Promise<Bridged> {
  const [senderNear, senderFar] = await accepted();
  const [listenerNear, listenerFar] = await accepted();
  const legs = [Conduit.adopt(senderFar, o.head), Conduit.adopt(listenerFar)] as const;
  open.push(...legs);
  let joined!: Bridge;
  const end = new Promise<BridgeEnd>((resolve) => {
    joined = bridge(...legs, { pingIntervalMs: o.pingIntervalMs ?? 60_000, onClose: resolve });
  });
  return { sender: new Client(senderNear), listener: new Client(listenerNear), bridge: joined, end };
}

const pattern = (length: number) =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >>> 8)) & 0xff));

describe('a bridge', () => {
  it('passes messages on as they are: opcode, boundaries, empty ones too', async () => {
    const { sender, listener } = await bridged();
    sender.socket.write(
      Buffer.concat([
        frame(Opcode.text, 'one'),
        frame(Opcode.binary, ''),
        frame(Opcode.binary, 'tw', false),
        frame(Opcode.continuation, 'o'),
      ]),
    );
    expect(await listener.next(4)).toEqual([
      { opcode: Opcode.text, fin: true, payload: Buffer.from('one') },
      { opcode: Opcode.binary, fin: true, payload: Buffer.alloc(0) },
      { opcode: Opcode.binary, fin: false, payload: Buffer.from('tw') },
      { opcode: Opcode.continuation, fin: true, payload: Buffer.from('o') },
    ]);
    listener.socket.write(frame(Opcode.binary, 'back'));
    expect((await sender.next(1))[0]!.payload.toString()).toBe('back');
  });

  it('passes on what came with the handshake', async () => {
    const { listener } = await bridged({ head: frame(Opcode.binary, 'early') });
    expect((await listener.next(1))[0]!.payload.toString()).toBe('early');
  });

  it('passes very many empty messages on, each in its place', async () => {
    const { sender, listener } = await bridged({
      head: Buffer.concat([
        frame(Opcode.text, 'first'),
        ...Array.from({ length: 5_000 }, () => frame(Opcode.text, '')),
        frame(Opcode.binary, 'last'),
      ]),
    });
    const frames = await listener.next(5_002);
    expect(frames.map(({ payload }) => String(payload)).join('|')).toBe(`first${'|'.repeat(5_001)}last`);
    sender.socket.write(frame(Opcode.binary, 'more'));
    expect(String((await listener.next(5_003))[5_002]!.payload)).toBe('more');
  });

  it('leaves a frame of 64 KiB whole and splits a larger one, with no empty frame', async () => {
    const { sender, listener } = await bridged();
    const large = pattern(65_536 * 2);
    sender.socket.write(
      Buffer.concat([
        frame(Opcode.binary, pattern(65_536)),
        frame(Opcode.text, large),
        frame(Opcode.binary, 'x'),
      ]),
    );
    await listener.until(() => listener.frames.at(-1)?.payload.toString() === 'x');
    expect(listener.frames.map(({ opcode, fin, payload }) => [opcode, fin, payload.length])).toEqual([
      [Opcode.binary, true, 65_536],
      [Opcode.text, false, 65_536],
      [Opcode.continuation, true, 65_536],
      [Opcode.binary, true, 1],
    ]);
    expect(Buffer.concat(listener.frames.slice(1, 3).map(({ payload }) => payload)).equals(large)).toBe(true);
  });

  it('passes a frame on before it is complete, and holds a pong back until it is', async () => {
    const { sender, listener } = await bridged();
    const whole = frame(Opcode.binary, pattern(1000));
    sender.socket.write(whole.subarray(0, 500));
    const raw: Buffer[] = [];
    listener.socket.on('data', (bytes: Buffer) => raw.push(bytes));
    while (Buffer.concat(raw).length < 400) await once(listener.socket, 'data');
    listener.socket.write(frame(Opcode.ping, 'are you there'));
    listener.socket.write(frame(Opcode.binary, 'after the ping'));
    await sender.next(1);
    expect(listener.frames).toEqual([]);
    sender.socket.write(whole.subarray(500));
    const [data, pong] = await listener.next(2);
    expect(data!.payload.equals(pattern(1000))).toBe(true);
    expect(pong).toEqual({ opcode: Opcode.pong, fin: true, payload: Buffer.from('are you there') });
  });

  it.each([1, 3, 7, 100])('survives chunks of %d bytes', async (size) => {
    const { sender, listener } = await bridged();
    const sent = [pattern(10), pattern(130), pattern(3000)];
    const stream = Buffer.concat(sent.map((payload) => frame(Opcode.binary, payload)));
    for (let at = 0; at < stream.length; at += size) {
      sender.socket.write(stream.subarray(at, at + size));
      if (at % (size * 50) === 0) await new Promise(setImmediate);
    }
    expect((await listener.next(3)).map(({ payload }) => payload)).toEqual(sent);
  });

  it('carries 32 MiB both ways at once, in frames of many sizes, unchanged', async () => {
    const { sender, listener, bridge: joined } = await bridged();
    const sizes = [1, 125, 126, 2047, 2048, 65_535, 65_536, 65_537, 300_000];
    const total = 32 * 1024 * 1024;
    const send = async (client: Client) => {
      const source = pattern(400_000);
      for (let sent = 0, i = 0; sent < total; i += 1) {
        const size = Math.min(sizes[i % sizes.length]!, total - sent);
        const at = sent % 97;
        if (!client.socket.write(frame(Opcode.binary, source.subarray(at, at + size))))
          await once(client.socket, 'drain');
        sent += size;
      }
    };
    const expected = () => {
      const source = pattern(400_000);
      const parts: Buffer[] = [];
      for (let sent = 0, i = 0; sent < total; i += 1) {
        const size = Math.min(sizes[i % sizes.length]!, total - sent);
        parts.push(source.subarray(sent % 97, (sent % 97) + size));
        sent += size;
      }
      return Buffer.concat(parts);
    };
    const arrived = async (client: Client) => {
      let length = 0;
      let counted = 0;
      await client.until(() => {
        for (; counted < client.frames.length; counted += 1) length += client.frames[counted]!.payload.length;
        return length === total;
      });
      return client.data();
    };
    const [a, b] = await Promise.all([arrived(sender), arrived(listener), send(sender), send(listener)]);
    expect(a.equals(expected())).toBe(true);
    expect(b.equals(expected())).toBe(true);
    expect([joined.bytesFromSender, joined.bytesFromListener]).toEqual([total, total]);
  });
});

describe('a bridge whose legs close', () => {
  it('passes a Close on and keeps the other direction open until its own', async () => {
    const { sender, listener, end } = await bridged();
    sender.socket.write(frame(Opcode.close, encodeClosePayload(1000, 'Shutdown')));
    const [close] = await listener.next(1);
    expect(parseClosePayload(close!.payload)).toEqual({ code: 1000, reason: 'Shutdown' });
    listener.socket.write(frame(Opcode.binary, pattern(100_000)));
    listener.socket.write(frame(Opcode.close, encodeClosePayload(3001, 'so long')));
    await sender.until(() => sender.frames.at(-1)?.opcode === Opcode.close);
    expect(sender.data().equals(pattern(100_000))).toBe(true);
    expect(parseClosePayload(sender.frames.at(-1)!.payload)).toEqual({ code: 3001, reason: 'so long' });
    await sender.until(() => sender.ended);
    sender.socket.end();
    listener.socket.end();
    expect(await end).toMatchObject({ reason: 'finished', bytesFromSender: 0, bytesFromListener: 100_000 });
  });

  it('passes on a Close without a code as one without a code', async () => {
    const { sender, listener } = await bridged();
    sender.socket.write(frame(Opcode.close, ''));
    expect((await listener.next(1))[0]!.payload).toEqual(Buffer.alloc(0));
  });

  it('drops what follows a Close', async () => {
    const { sender, listener } = await bridged();
    sender.socket.write(
      Buffer.concat([frame(Opcode.close, ''), frame(Opcode.binary, 'late'), Buffer.from([0xff, 0xff])]),
    );
    listener.socket.write(frame(Opcode.ping, 'probe'));
    await listener.next(1);
    expect(listener.frames.map(({ opcode }) => opcode)).toEqual([Opcode.close]);
  });

  it.each(['end', 'reset'] as const)(
    'turns a TCP %s without a Close into a reset of the other leg',
    async (how) => {
      const { sender, listener, end } = await bridged();
      if (how === 'end') sender.socket.end();
      else sender.socket.resetAndDestroy();
      expect(await listener.closed).toMatchObject({ code: 'ECONNRESET' });
      expect(listener.ended).toBe(false);
      expect((await end).reason).toBe('sender cut');
    },
  );

  it('closes both legs when the relay says so', async () => {
    const { sender, listener, bridge: joined, end } = await bridged();
    joined.close(CloseCode.goingAway, 'The hybrid connection was deleted');
    for (const client of [sender, listener]) {
      expect(parseClosePayload((await client.next(1))[0]!.payload).code).toBe(1001);
      client.socket.end();
    }
    expect((await end).reason).toBe('closed by the relay');
  });
});

describe('a bridge with a hostile leg', () => {
  it.each([
    ['a reserved bit', Buffer.from([0xc2, 0x80, 0, 0, 0, 0])],
    ['an unmasked frame', Buffer.from([0x82, 0x01, 0x41])],
    ['a length of 2^63', Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a long control frame', Buffer.from([0x89, 0xfe, 0, 126, 0, 0, 0, 0])],
    ['a Close with a code that may not be sent', frame(Opcode.close, Uint8Array.of(0x03, 0xed))],
  ])('answers %s with 1002, and resets the other leg', async (_what, bytes) => {
    const { sender, listener, end } = await bridged();
    const bystander = await bridged();
    sender.socket.write(bytes);
    expect(parseClosePayload((await sender.next(1))[0]!.payload).code).toBe(CloseCode.protocolError);
    expect(await listener.closed).toMatchObject({ code: 'ECONNRESET' });
    sender.socket.end();
    expect((await end).reason).toBe('sender violated the protocol');
    bystander.sender.socket.write(frame(Opcode.text, 'undisturbed'));
    expect((await bystander.listener.next(1))[0]!.payload.toString()).toBe('undisturbed');
  });

  it('answers a flood of pings with few pongs, and ends it in the end', async () => {
    const { sender, listener, end } = await bridged();
    const flood = Buffer.concat(Array.from({ length: 1000 }, () => frame(Opcode.ping, 'x'.repeat(125))));
    for (let i = 0; i < 11; i += 1) sender.socket.write(flood);
    sender.socket.end();
    expect(await end).toMatchObject({ reason: 'sender violated the protocol' });
    expect(await listener.closed).toMatchObject({ code: 'ECONNRESET' });
  });

  it('does not grow while one leg does not read', async () => {
    const { sender, listener, bridge: joined } = await bridged();
    listener.socket.pause();
    const chunk = frame(Opcode.binary, pattern(65_536));
    let blockedFor = 0;
    while (blockedFor < 3) {
      const before = joined.bytesFromSender;
      if (!sender.socket.write(chunk)) await new Promise((resolve) => setTimeout(resolve, 20));
      blockedFor =
        joined.bytesFromSender === before && sender.socket.writableLength > 1024 * 1024 ? blockedFor + 1 : 0;
    }
    // What the bridge took in is in the kernel's buffers of the listener's leg, but for one read.
    expect(joined.bytesFromSender).toBeLessThan(32 * 1024 * 1024);
    const taken = joined.bytesFromSender;
    listener.socket.resume();
    await listener.until(() => joined.bytesFromSender > taken);
  });
});

describe('a bridge with silent legs', () => {
  it('pings both, and cuts them when one stays silent', async () => {
    const { sender, listener, end } = await bridged({ pingIntervalMs: 48 });
    const answer = setInterval(() => sender.socket.write(frame(Opcode.pong, '')), 20);
    open.push({ destroy: () => clearInterval(answer) });
    await Promise.all([
      sender.until(() => sender.frames.length >= 2),
      listener.until(() => listener.frames.length >= 2),
    ]);
    expect(listener.frames.every(({ opcode }) => opcode === Opcode.ping)).toBe(true);
    expect((await end).reason).toBe('listener cut');
  });

  it('has patience with one that does not read, and so cannot answer', async () => {
    const { sender, listener, end } = await bridged({ pingIntervalMs: 16 });
    const answers = setInterval(() => listener.socket.write(frame(Opcode.pong, '')), 10);
    open.push({ destroy: () => clearInterval(answers) });
    let reason: string | undefined;
    void end.then((how) => {
      reason = how.reason;
    });
    sender.socket.pause();
    const sent = pattern(24 * 1024 * 1024);
    listener.socket.write(frame(Opcode.binary, sent));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(reason).toBeUndefined();
    const answersToo = setInterval(() => sender.socket.write(frame(Opcode.pong, '')), 10);
    open.push({ destroy: () => clearInterval(answersToo) });
    sender.socket.resume();
    await sender.until(() => sender.frames.some(({ opcode, fin }) => opcode === Opcode.continuation && fin));
    expect(sender.data().equals(sent)).toBe(true);
  });
});
