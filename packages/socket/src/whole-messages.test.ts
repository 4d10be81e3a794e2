import { once } from 'node:events';
import net from 'node:net';
import { PassThrough, type Writable } from 'node:stream';
import { applyMask, frameHeaderLength, Opcode, writeFrameHeader } from '@hybridge/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { takeWholeMessages, WholeMessages } from './whole-messages.js';

// Exported, but not in the types.
const { Receiver } = ws as unknown as {
  readonly Receiver: new (options: { isServer: boolean; maxPayload: number }) => Writable;
};

const MAX_BYTES = 500;

const HANDSHAKE = [
  'GET / HTTP/1.1',
  'Host: relay',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  '\r\n',
].join('\r\n');

interface Frame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
  readonly reserved?: number;
}

function bytesOf({ fin, opcode, payload, reserved = 0 }: Frame, isMasked: boolean): Buffer {
  const bytes = Buffer.alloc(frameHeaderLength(payload.length, isMasked) + payload.length);
  const key = isMasked ? 0x7a31c5e9 : undefined;
  const start = writeFrameHeader(bytes, 0, fin, opcode, payload.length, key);
  bytes[0]! |= reserved;
  bytes.set(payload, start);
  if (key !== undefined) applyMask(bytes, start, bytes.length, key);
  return bytes;
}

function text(value: string, fin = true): Frame {
  return { fin, opcode: Opcode.text, payload: Buffer.from(value) };
}

/** The library, and what it tells of. */
function library(isMasked: boolean, heard: string[]) {
  const receiver = new Receiver({ isServer: isMasked, maxPayload: MAX_BYTES });
  receiver.on('message', (data: Buffer, isBinary: boolean) =>
    heard.push(`${isBinary ? 'b' : 't'}:${data.toString(isBinary ? 'latin1' : 'utf8')}`),
  );
  receiver.on('ping', (data: Buffer) => heard.push(`ping:${data.toString('latin1')}`));
  receiver.on('conclude', (code: number) => heard.push(`close:${code}`));
  receiver.on('error', (error: NodeJS.ErrnoException) => heard.push(`error:${error.code}`));
  return receiver;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** What is heard of chunks, with the short way or without. */
async function hear(chunks: readonly Buffer[], isMasked: boolean, isShort: boolean) {
  const heard: string[] = [];
  const passed: number[] = [];
  const receiver = library(isMasked, heard);
  let isOpen = true;
  receiver.once('conclude', () => {
    isOpen = false;
  });
  receiver.once('error', () => {
    isOpen = false;
  });
  const messages = new WholeMessages(
    {
      isMasked,
      maxBytes: MAX_BYTES,
      isOpen: () => isOpen,
      onText: (value) => heard.push(`t:${value}`),
      onBinary: (bytes) => heard.push(`b:${bytes.toString('latin1')}`),
    },
    (bytes) => {
      passed.push(bytes.length);
      receiver.write(bytes);
    },
  );
  for (const chunk of chunks) {
    // What is read belongs to whoever reads it.
    const own = Buffer.from(chunk);
    if (isShort) messages.read(own);
    else receiver.write(own);
    await settled();
  }
  return { heard, passed };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, i) => bytes.subarray(start, at[i])).filter((piece) => piece.length > 0);
}

const payload = fc.oneof(
  fc.string({ maxLength: 150 }).map((value) => Buffer.from(value)),
  fc
    .constantFrom('', 'é', '{"response":{}}', 'x'.repeat(126), 'y'.repeat(MAX_BYTES))
    .map((value) => Buffer.from(value)),
  fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value)),
);

const frames: fc.Arbitrary<readonly Frame[]> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.record({ fin: fc.constant(true), opcode: fc.constantFrom(1, 2), payload })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(1, 2), fc.array(fc.string({ maxLength: 9 }), { minLength: 2, maxLength: 4 }))
      .map(([opcode, pieces]) =>
        pieces.flatMap((piece, i) => [
          { fin: i === pieces.length - 1, opcode: i === 0 ? opcode : 0, payload: Buffer.from(piece) },
          ...(i === 0 ? [{ fin: true, opcode: Opcode.ping, payload: Buffer.from('between') }] : []),
        ]),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.record({
        fin: fc.constant(true),
        opcode: fc.constant(Opcode.ping),
        payload: fc.constant(Buffer.from('ping')),
      }),
    ),
  },
  {
    // What breaks the rules, or ends the conversation.
    weight: 1,
    arbitrary: fc.tuple(
      fc.record({
        fin: fc.boolean(),
        opcode: fc.integer({ min: 0, max: 15 }),
        payload,
        reserved: fc.constantFrom(0, 0x10, 0x40),
      }),
    ),
  },
);

describe.each([true, false])('messages that are masked (%s)', (isMasked) => {
  it('are told in the same order, and with the same errors, as by the library alone', async () => {
    const cuts = fc.array(fc.nat(5_000), { maxLength: 12 });
    const property = fc.asyncProperty(fc.array(frames, { maxLength: 12 }), cuts, async (runs, places) => {
      const bytes = Buffer.concat(runs.flat().map((frame) => bytesOf(frame, isMasked)));
      const chunks = cut(bytes, places);
      const { heard } = await hear(chunks, isMasked, true);
      expect(heard).toEqual((await hear(chunks, isMasked, false)).heard);
    });
    await fc.assert(property);
  });

  it('do not reach the library when they are whole', async () => {
    const chunk = Buffer.concat([text('{"a":1}'), text('{"b":2}')].map((frame) => bytesOf(frame, isMasked)));
    expect(await hear([chunk], isMasked, true)).toEqual({ heard: ['t:{"a":1}', 't:{"b":2}'], passed: [] });
  });

  it.each([
    ['is no ASCII', [text('é')]],
    ['is too long', [text('x'.repeat(MAX_BYTES + 1))]],
    ['comes in fragments', [text('a', false), { fin: true, opcode: 0, payload: Buffer.from('b') }]],
    ['has a reserved bit', [{ ...text('a'), reserved: 0x40 }]],
    ['is a Close', [{ fin: true, opcode: Opcode.close, payload: Buffer.from([3, 232]) }]],
  ] as const)('are the library’s when one %s', async (_, sent: readonly Frame[]) => {
    const chunk = Buffer.concat(sent.map((frame) => bytesOf(frame, isMasked)));
    const { heard, passed } = await hear([chunk], isMasked, true);
    expect(passed.reduce((sum, length) => sum + length, 0)).toBe(chunk.length);
    expect(heard).toEqual((await hear([chunk], isMasked, false)).heard);
  });
});

describe('a message', () => {
  it('that is masked though it must not be is the library’s to refuse', async () => {
    const chunk = bytesOf(text('a'), true);
    expect((await hear([chunk], false, true)).heard).toEqual(['error:WS_ERR_UNEXPECTED_MASK']);
  });

  it('that comes after the library was told to close is the library’s', () => {
    const passed: Buffer[] = [];
    const options = {
      isMasked: false,
      maxBytes: MAX_BYTES,
      onText: () => undefined,
      onBinary: () => undefined,
    };
    const messages = new WholeMessages({ ...options, isOpen: () => false }, (bytes) => passed.push(bytes));
    const chunk = bytesOf(text('late'), false);
    messages.read(chunk);
    expect(passed).toEqual([chunk]);
  });
});

describe('a connection', () => {
  const options = { isMasked: false, maxBytes: MAX_BYTES, isOpen: () => true, onBinary: () => undefined };

  it('gives its one listener what is not taken', async () => {
    const connection = new PassThrough();
    const passed: Buffer[] = [];
    const texts: string[] = [];
    connection.on('data', (bytes: Buffer) => passed.push(bytes));
    expect(takeWholeMessages(connection, { ...options, onText: (value) => texts.push(value) })).toBe(true);
    const ping = bytesOf({ fin: true, opcode: Opcode.ping, payload: Buffer.alloc(0) }, false);
    connection.write(Buffer.concat([bytesOf(text('taken'), false), ping]));
    await settled();
    expect(texts).toEqual(['taken']);
    expect(passed).toEqual([ping]);
  });

  it('is left when its one listener leaves', () => {
    const connection = new PassThrough();
    const library = () => undefined;
    connection.on('data', library);
    takeWholeMessages(connection, { ...options, onText: () => undefined });
    expect(connection.listenerCount('data')).toBe(1);
    connection.off('data', library);
    expect(connection.listenerCount('data')).toBe(0);
  });

  it.each([
    ['a Close', { fin: true, opcode: Opcode.close, payload: Buffer.from([3, 232]) }],
    ['what breaks the rules', { ...text('a'), reserved: 0x40 }],
  ])('is read to its end after %s', async (_, last: Frame) => {
    const server = new ws.WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const texts: string[] = [];
    server.on('connection', (webSocket, { socket }) => {
      webSocket.on('error', () => undefined);
      takeWholeMessages(socket, {
        ...options,
        isMasked: true,
        isOpen: () => webSocket.readyState === webSocket.OPEN,
        onText: (value) => texts.push(value),
      });
    });
    const { port } = server.address() as net.AddressInfo;
    const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.write(HANDSHAKE);
    await once(client, 'data');
    client.write(Buffer.concat([text('heard'), last].map((frame) => bytesOf(frame, true))));
    await once(client.resume(), 'end');
    // More than a reader that has stopped would take from the kernel.
    client.end(Buffer.alloc(32 * 1024 * 1024));
    await once(client, 'close');
    expect(texts).toEqual(['heard']);
    server.close();
  });

  it.each([0, 2])('with %d listeners is left alone', (count) => {
    const connection = new PassThrough();
    for (let i = 0; i < count; i += 1) connection.on('data', () => undefined);
    expect(takeWholeMessages(connection, { ...options, onText: () => undefined })).toBe(false);
    expect(connection.listenerCount('data')).toBe(count);
  });
});
