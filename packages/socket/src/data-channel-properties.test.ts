/** What holds for a relayed connection whose relay sends any frames, in any pieces, and then goes. */
import { once } from 'node:events';
import net from 'node:net';
import { FrameParser, frameHeaderLength, Opcode, writeFrameHeader } from '@hybridge/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Conduit } from './conduit.js';
import { DataChannel } from './data-channel.js';
import { HybridConnectionSocket } from './hybrid-connection-socket.js';

function frame(opcode: number, payload: Uint8Array, fin = true): Buffer {
  const header = frameHeaderLength(payload.length, false);
  const bytes = Buffer.alloc(header + payload.length);
  writeFrameHeader(bytes, 0, fin, opcode, payload.length, undefined);
  bytes.set(payload, header);
  return bytes;
}

interface Sent {
  readonly bytes: Buffer;
  readonly payload?: Buffer;
  readonly close?: boolean;
}

const size = fc.oneof(fc.nat(20), fc.constantFrom(125, 126, 2047, 2048, 65_535, 65_536), fc.nat(300_000));
const payload = fc
  .tuple(size, fc.nat(255))
  .map(([length, seed]) => Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff)));
const piece: fc.Arbitrary<Sent[]> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.boolean(), fc.array(payload, { minLength: 1, maxLength: 3 }))
      .map(([text, parts]) =>
        parts.map((part, i) => {
          const opcode = i > 0 ? Opcode.continuation : text ? Opcode.text : Opcode.binary;
          return { bytes: frame(opcode, part, i === parts.length - 1), payload: part };
        }),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(Opcode.ping, Opcode.pong), fc.uint8Array({ maxLength: 125 }))
      .map(([opcode, bytes]) => [{ bytes: frame(opcode, bytes) }]),
  },
);
/** How the relay's direction ends. Nonsense is what no frame of a server begins with. */
const ending = fc.constantFrom<'close' | 'failure' | 'fin' | 'reset' | 'nonsense' | 'half a frame'>(
  'close',
  'failure',
  'fin',
  'reset',
  'nonsense',
  'half a frame',
);
const endings = {
  close: frame(Opcode.close, Buffer.from([0x03, 0xe8])),
  failure: frame(Opcode.close, Buffer.from([0x03, 0xf3])),
  fin: Buffer.alloc(0),
  reset: Buffer.alloc(0),
  nonsense: Buffer.alloc(20, 0xff),
  'half a frame': frame(Opcode.binary, Buffer.alloc(100)).subarray(0, 50),
};

let server: net.Server;
beforeAll(async () => {
  server = net.createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

async function connected(): Promise<{ tunnel: HybridConnectionSocket; relay: net.Socket }> {
  const { port } = server.address() as net.AddressInfo;
  const near = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [[relay]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [
    [net.Socket],
    unknown,
  ];
  relay.on('error', () => undefined);
  const tunnel = new HybridConnectionSocket(async () => new DataChannel(Conduit.adopt(near)), {
    allowHalfOpen: true,
  });
  return { tunnel, relay };
}

/** Reads what the tunnel says to the relay, which must be well-formed. */
function pongsOf(relay: net.Socket): () => number {
  let pongs = 0;
  const parser = new FrameParser(
    {
      onFrame: () => undefined,
      onPayload: () => undefined,
      onControl: (opcode) => {
        if (opcode === Opcode.pong) pongs += 1;
        // As a relay does once both directions are closed.
        if (opcode === Opcode.close) relay.end();
      },
    },
    true,
  );
  relay.on('data', (bytes: Buffer) => parser.parse(bytes, 0, bytes.length));
  return () => pongs;
}

describe('a relayed connection', () => {
  it('gives all payload up to a Close, and an error for everything else that ends it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 6 }),
        ending,
        fc.constantFrom(1, 50, 1000, 70_000, 10_000_000),
        fc.array(fc.nat(30), { maxLength: 4 }),
        async (pieces, how, chunk, pauses) => {
          const { tunnel, relay } = await connected();
          const pongs = pongsOf(relay);
          const got: Buffer[] = [];
          let ended = false;
          let error: NodeJS.ErrnoException | undefined;
          tunnel.on('data', (bytes: Buffer) => {
            got.push(bytes);
            if (!pauses.includes(got.length)) return;
            tunnel.pause();
            setTimeout(() => tunnel.resume(), 2);
          });
          tunnel.on('end', () => {
            ended = true;
            tunnel.end();
          });
          tunnel.on('error', (cause) => {
            error = cause;
          });
          const closed = new Promise((resolve) => tunnel.once('close', resolve));
          const sent = pieces.flat();
          const bytes = Buffer.concat([...sent.map((each) => each.bytes), endings[how]]);
          const step = Math.max(chunk, Math.ceil(bytes.length / 200));
          for (let at = 0; at < bytes.length; at += step) relay.write(bytes.subarray(at, at + step));
          if (how === 'fin' || how === 'half a frame') relay.end();
          if (how === 'reset') relay.resetAndDestroy();
          await closed;
          if (how !== 'close') relay.destroy();

          const all = Buffer.concat(sent.flatMap((each) => each.payload ?? []));
          const received = Buffer.concat(got);
          const most = how === 'half a frame' ? Buffer.concat([all, Buffer.alloc(100)]) : all;
          expect(most.subarray(0, received.length).equals(received)).toBe(true);
          expect(ended).toBe(how === 'close');
          if (how === 'close') expect([received.length, error]).toEqual([all.length, undefined]);
          else expect(error).toMatchObject({ code: 'ECONNRESET' });
          const pings = sent.filter((each) => (each.bytes[0]! & 0x0f) === Opcode.ping).length;
          expect(pongs()).toBeLessThanOrEqual(pings);
        },
      ),
    );
  });
});
