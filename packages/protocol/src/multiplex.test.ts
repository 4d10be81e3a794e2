import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RelayError } from './errors.js';
import {
  acceptFrame,
  applicationProtocols,
  bareFrame,
  helloFrame,
  MAX_MULTIPLEX_DATA_BYTES,
  MULTIPLEX_PROTOCOL,
  MultiplexFrame,
  multiplexOffer,
  openFrame,
  rejectFrame,
  SINGLE_PROTOCOL,
  windowFrame,
  writeMultiplexHeader,
} from './multiplex.js';
import { MultiplexParser } from './multiplex-parser.js';

type Heard = readonly [name: string, ...values: unknown[]];

/** Everything that a parser tells, pieces of data joined. */
function read(...chunks: readonly Buffer[]): Heard[] {
  const heard: Heard[] = [];
  const tell =
    (name: string) =>
    (...values: unknown[]) =>
      void heard.push([name, ...values]);
  const parser = new MultiplexParser({
    onHello: tell('hello'),
    onOpen: tell('open'),
    onAccept: tell('accept'),
    onReject: tell('reject'),
    onWindow: tell('window'),
    onEnd: tell('end'),
    onReset: tell('reset'),
    onLeave: tell('leave'),
    onData(stream, bytes, start, end) {
      expect(end).toBeGreaterThan(start);
      const last = heard.at(-1);
      const text = bytes.toString('latin1', start, end);
      if (last?.[0] === 'data' && last[1] === stream)
        heard[heard.length - 1] = ['data', stream, last[2] + text];
      else heard.push(['data', stream, text]);
    },
  });
  for (const chunk of chunks) parser.parse(chunk, 0, chunk.length);
  return heard;
}

function dataFrame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  writeMultiplexHeader(header, 0, MultiplexFrame.data, stream, text.length);
  return Buffer.concat([header, Buffer.from(text, 'latin1')]);
}

const refusal = { untried: false, status: 502, reason: 'ECONNREFUSED: the target refused the connection' };

const VECTORS: readonly (readonly [Buffer, string, Heard])[] = [
  [helloFrame(256), '0000000800000000 48594d5800000100', ['hello', 256]],
  [openFrame(1, 0x100000, 'a-1'), '0100000700000001 00100000 612d31', ['open', 1, 0x100000, 'a-1']],
  [acceptFrame(1, 65_536), '0200000400000001 00010000', ['accept', 1, 65_536]],
  [
    rejectFrame(2, { untried: true, status: 503, reason: 'full' }),
    '0300000700000002 01 01f7 66756c6c',
    ['reject', 2, { untried: true, status: 503, reason: 'full' }],
  ],
  [dataFrame(3, 'hi'), '0400000200000003 6869', ['data', 3, 'hi']],
  [windowFrame(3, 7), '0500000400000003 00000007', ['window', 3, 7]],
  [bareFrame(MultiplexFrame.end, 0xffffffff), '06000000ffffffff', ['end', 0xffffffff]],
  [bareFrame(MultiplexFrame.reset, 5), '0700000000000005', ['reset', 5]],
  [bareFrame(MultiplexFrame.leave, 0), '0800000000000000', ['leave']],
];

describe('the frames of a multiplexed rendezvous', () => {
  it.each(VECTORS)('are written and read as in the document: %#', (frame, hex, heard) => {
    expect(frame.toString('hex')).toBe(hex.replaceAll(' ', ''));
    expect(read(frame)).toEqual([heard]);
  });

  it('are read the same however they are cut', () => {
    const all = Buffer.concat(VECTORS.map(([frame]) => frame));
    const cuts = fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (places) => {
        const sorted = [0, ...places.sort((a, b) => a - b), all.length];
        const chunks = sorted.slice(1).map((place, index) => all.subarray(sorted[index], place));
        expect(read(...chunks)).toEqual(VECTORS.map(([, , heard]) => heard));
      }),
    );
  });

  it('carry any data, and as much as one may hold', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        expect(read(dataFrame(9, text))).toEqual([['data', 9, text]]);
      }),
    );
    const longest = 'x'.repeat(MAX_MULTIPLEX_DATA_BYTES);
    expect(read(dataFrame(9, longest))).toEqual([['data', 9, longest]]);
  });

  it('carry a reason as one printable line, whatever it was', () => {
    const [[, , { reason }]] = read(rejectFrame(1, { ...refusal, reason: 'a\r\nb\u00e9' })) as [
      [string, number, { reason: string }],
    ];
    expect(reason).toBe('a b?');
  });
});

describe('a frame that is not one', () => {
  it.each([
    ['has an unknown type', '0900000000000000'],
    ['has a type far beyond', 'ff00000000000001'],
    ['is a hello for a stream', '0000000800000001 48594d5800000100'],
    ['is a hello of another protocol', '0000000800000000 5353482d00000100'],
    ['is a hello that takes no stream', '0000000800000000 48594d5800000000'],
    ['opens stream 0', '0100000400000000 00100000'],
    ['opens without a window', '0100000400000001 00000000'],
    ['opens with a window above 2 GiB', '0100000400000001 80000000'],
    ['has a tracking id of 129 characters', '0100008500000001'],
    ['has a line break in a tracking id', '0100000600000001 00100000 0d0a'],
    ['accepts with too little', '0200000300000001'],
    ['rejects with 200', '0300000300000001 00 00c8'],
    ['rejects with flags unheard of', '0300000300000001 02 01f7'],
    ['rejects with 513 characters', '0300020400000001'],
    ['is data without a byte', '0400000000000001'],
    ['is data of 65,537 bytes', '0401000100000001'],
    ['is data of stream 0', '0400000100000000'],
    ['gives no window', '0500000400000001 00000000'],
    ['ends with a payload', '0600000100000001'],
    ['resets stream 0', '0700000000000000'],
    ['leaves for one stream', '0800000000000001'],
  ])('is refused when it %s', (_what, hex) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' }));
  });

  it('never makes the parser do anything but refuse', () => {
    const anything = fc.uint8Array({ maxLength: 200 });
    const almost = fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 20 }), fc.nat({ max: 3 }), anything)
      .map(([type, length, stream, rest]) =>
        Uint8Array.of(type, 0, 0, length, 0, 0, 0, stream, ...rest.subarray(0, length)),
      );
    fc.assert(
      fc.property(fc.array(fc.oneof(anything, almost), { maxLength: 8 }), (chunks) => {
        try {
          read(...chunks.map((chunk) => Buffer.from(chunk)));
        } catch (error) {
          expect(error).toBeInstanceOf(RelayError);
          expect(error).toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('an offer to multiplex', () => {
  it('begins with what a listener that knows nothing of it does', () => {
    expect(multiplexOffer([])).toEqual([SINGLE_PROTOCOL, MULTIPLEX_PROTOCOL]);
    expect(multiplexOffer(['mqtt'])).toEqual(['mqtt', MULTIPLEX_PROTOCOL]);
    expect(multiplexOffer(['mqtt', 'chat'])).toEqual(['mqtt', MULTIPLEX_PROTOCOL, 'chat']);
  });

  it.each([[[]], [['mqtt']], [['mqtt', 'chat']]])('is not seen by the application: %j', (own) => {
    expect(applicationProtocols(multiplexOffer(own))).toEqual(own);
  });
});
