/** The frame codec against `ws`, in both directions: what either writes the other reads. */
import { PassThrough, type Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { frameHeaderLength, Opcode, writeFrameHeader } from './frame.js';
import { FrameParser } from './frame-parser.js';
import { applyMask } from './mask.js';

/** Exported by `ws`, missing in its types. */
const { Receiver, Sender } = ws as unknown as {
  readonly Receiver: new (options: { isServer: boolean }) => Writable;
  readonly Sender: new (
    wire: Writable,
  ) => { send(bytes: Buffer, options: object, done: (error?: Error) => void): void };
};

interface Message {
  readonly binary: boolean;
  readonly bytes: Uint8Array;
}

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.tuple(fc.oneof(fc.nat(300), fc.integer({ min: 65_530, max: 70_000 })), fc.nat(255)).map(([n, seed]) => ({
    binary: true,
    bytes: Uint8Array.from({ length: n }, (_, i) => (i * 31 + seed) & 0xff),
  })),
  fc.string({ maxLength: 300 }).map((text) => ({ binary: false, bytes: new Uint8Array(Buffer.from(text)) })),
);

/** Our frames of a message, in up to three fragments, with a ping between them. */
function ourFrames({ binary, bytes }: Message, fragments: number, key: number | undefined): Buffer {
  const size = Math.max(1, Math.ceil(bytes.length / fragments));
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += size) {
    const opcode = at > 0 ? Opcode.continuation : binary ? Opcode.binary : Opcode.text;
    parts.push(ourFrame(at + size >= bytes.length, opcode, bytes.subarray(at, at + size), key));
    parts.push(ourFrame(true, Opcode.ping, Uint8Array.of(1, 2, 3), key));
  }
  return Buffer.concat(parts);
}

function ourFrame(fin: boolean, opcode: number, payload: Uint8Array, key: number | undefined): Buffer {
  const header = frameHeaderLength(payload.length, key !== undefined);
  const bytes = Buffer.alloc(header + payload.length);
  writeFrameHeader(bytes, 0, fin, opcode, payload.length, key);
  bytes.set(payload, header);
  applyMask(bytes, header, bytes.length, key ?? 0);
  return bytes;
}

/** `toEqual` looks at every element of an array on its own, which takes seconds here. */
function expectSame(received: readonly Message[], sent: readonly Message[]): void {
  expect(received.map(({ binary }) => binary)).toEqual(sent.map(({ binary }) => binary));
  expect(received.every(({ bytes }, i) => Buffer.from(bytes).equals(sent[i]!.bytes))).toBe(true);
}

describe('the frame codec', () => {
  it('writes frames that ws reads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.option(fc.integer(), { nil: undefined }),
        async (messages, fragments, key) => {
          const receiver = new Receiver({ isServer: key !== undefined });
          const received: Message[] = [];
          receiver.on('message', (bytes: Buffer, binary: boolean) =>
            received.push({ binary, bytes: new Uint8Array(bytes) }),
          );
          for (const one of messages) receiver.write(ourFrames(one, fragments, key));
          await new Promise((resolve) => receiver.end(resolve));
          expectSame(received, messages);
        },
      ),
    );
  });

  it('reads frames that ws writes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (messages, mask) => {
          const wire = new PassThrough();
          const sender = new Sender(wire);
          const received: Array<{ binary: boolean; parts: Buffer[] }> = [];
          const parser = new FrameParser(
            {
              onFrame: (_fin, opcode) => {
                if (opcode !== Opcode.continuation)
                  received.push({ binary: opcode === Opcode.binary, parts: [] });
              },
              onPayload: (bytes, start, end) => {
                received.at(-1)!.parts.push(Buffer.from(bytes.subarray(start, end)));
              },
              onControl: () => undefined,
            },
            mask,
          );
          wire.on('data', (chunk: Buffer) => {
            const copy = Buffer.from(chunk);
            parser.parse(copy, 0, copy.length);
          });
          for (const { binary, bytes } of messages) {
            await new Promise((resolve) =>
              sender.send(Buffer.from(bytes), { binary, fin: true, mask, compress: false } as never, resolve),
            );
          }
          await new Promise((resolve) => wire.end(resolve));
          await new Promise(setImmediate);
          expectSame(
            received.map(({ binary, parts }) => ({ binary, bytes: Buffer.concat(parts) })),
            messages,
          );
        },
      ),
    );
  });
});
