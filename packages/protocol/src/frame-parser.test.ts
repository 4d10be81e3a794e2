import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CloseCode } from './close.js';
import { frameHeaderLength, Opcode, writeFrameHeader } from './frame.js';
import { FrameParser } from './frame-parser.js';
import { applyMask } from './mask.js';

interface Frame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Uint8Array;
}

function encode({ fin, opcode, payload }: Frame, key?: number): Buffer {
  const header = frameHeaderLength(payload.length, key !== undefined);
  const bytes = Buffer.alloc(header + payload.length);
  expect(writeFrameHeader(bytes, 0, fin, opcode, payload.length, key)).toBe(header);
  bytes.set(payload, header);
  applyMask(bytes, header, bytes.length, key ?? 0);
  return bytes;
}

/** Everything a parser says about `stream`, cut into chunks of the given sizes. */
function read(stream: Buffer, masked: boolean, sizes: readonly number[] = []): Frame[] {
  const frames: Array<{ fin: boolean; opcode: number; parts: Uint8Array[] }> = [];
  const parser = new FrameParser(
    {
      onFrame: (fin, opcode) => void frames.push({ fin, opcode, parts: [] }),
      onPayload: (bytes, start, end) => {
        expect(end).toBeGreaterThan(start);
        frames
          .findLast((frame) => frame.opcode < Opcode.close)!
          .parts.push(Uint8Array.from(bytes.subarray(start, end)));
      },
      onControl: (opcode, payload) =>
        void frames.push({ fin: true, opcode, parts: [Uint8Array.from(payload)] }),
    },
    masked,
  );
  let at = 0;
  for (let i = 0; at < stream.length; i += 1) {
    const size = Math.max(1, sizes[i % Math.max(1, sizes.length)] ?? stream.length);
    const chunk = Buffer.from(stream.subarray(at, at + size));
    parser.parse(chunk, 0, chunk.length);
    at += size;
  }
  expect(parser.betweenFrames).toBe(true);
  return frames.map(({ fin, opcode, parts }) => ({
    fin,
    opcode,
    payload: new Uint8Array(Buffer.concat(parts)),
  }));
}

const length = fc.oneof(
  fc.nat(3),
  fc.integer({ min: 120, max: 130 }),
  fc.integer({ min: 65_530, max: 65_540 }),
);
/** Bytes that differ from their neighbours; generating each one at random would take most of the test's time. */
const payload = fc
  .tuple(length, fc.nat(255))
  .map(([n, seed]) => Uint8Array.from({ length: n }, (_, i) => (i * 31 + seed) & 0xff));
const control = fc.record({
  fin: fc.constant(true),
  opcode: fc.constantFrom(Opcode.ping, Opcode.pong),
  payload: fc.uint8Array({ maxLength: 125 }),
});

/** Messages in fragments, with control frames between them. */
const message = fc
  .tuple(
    fc.constantFrom(Opcode.text, Opcode.binary),
    fc.array(payload, { minLength: 1, maxLength: 3 }),
    control,
  )
  .map(([opcode, parts, between]) =>
    parts.flatMap((part, i): Frame[] => [
      { fin: i === parts.length - 1, opcode: i === 0 ? opcode : Opcode.continuation, payload: part },
      between,
    ]),
  );

describe('a frame parser', () => {
  it('reads what was written, masked or not, wherever the chunks break', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 2 }),
        fc.option(fc.integer(), { nil: undefined }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 70_000 })), {
          maxLength: 4,
        }),
        (messages, key, sizes) => {
          const frames = messages.flat();
          const stream = Buffer.concat(frames.map((frame) => encode(frame, key)));
          const total = stream.length;
          // A chunk size of a few bytes over a large stream tests nothing more and takes long.
          const usable = total > 20_000 ? sizes.map((size) => size + 1_000) : sizes;
          const got = read(stream, key !== undefined, usable);
          expect(got.map(({ fin, opcode }) => [fin, opcode])).toEqual(
            frames.map(({ fin, opcode }) => [fin, opcode]),
          );
          expect(got.every(({ payload }, i) => Buffer.from(payload).equals(frames[i]!.payload))).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['a reserved bit', [0xc2, 0x80, 0, 0, 0, 0]],
    ['another reserved bit', [0x92, 0x80, 0, 0, 0, 0]],
    ['a reserved data opcode', [0x83, 0x80, 0, 0, 0, 0]],
    ['a reserved control opcode', [0x8b, 0x80, 0, 0, 0, 0]],
    ['no mask', [0x82, 0x01, 0x41]],
    ['a length of 2^63', [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a length of 2^53', [0x82, 0xff, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a fragmented ping', [0x09, 0x80, 0, 0, 0, 0]],
    ['a ping of 126 bytes', [0x89, 0xfe, 0, 126, 0, 0, 0, 0]],
    ['a continuation of nothing', [0x80, 0x80, 0, 0, 0, 0]],
    ['a message inside of a message', [0x02, 0x80, 0, 0, 0, 0, 0x82, 0x80, 0, 0, 0, 0]],
  ])('refuses %s, in one chunk or byte by byte', (_what, bytes) => {
    const error = expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL', closeCode: CloseCode.protocolError });
    const padded = Buffer.concat([Buffer.from(bytes), Buffer.alloc(20)]);
    expect(() => read(padded, true)).toThrow(error);
    expect(() => read(Buffer.from(bytes), true, [1])).toThrow(error);
  });

  it('refuses a masked frame of a server', () => {
    expect(() => read(Buffer.from([0x82, 0x81, 1, 2, 3, 4, 0]), false)).toThrow('masked');
  });

  it('survives any bytes: it reads frames or throws one typed error', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.boolean(),
        fc.array(fc.nat(20)),
        (bytes, masked, sizes) => {
          try {
            read(Buffer.from(bytes), masked, sizes);
          } catch (error) {
            const cutOff =
              (error as Error).name === 'AssertionError' || /expected/.test((error as Error).message);
            if (!cutOff) expect(error).toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
          }
        },
      ),
    );
  });
});
