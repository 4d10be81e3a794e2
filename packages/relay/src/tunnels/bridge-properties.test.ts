/** What holds for a bridge between any two clients, polite or not, over real connections. */
import { once } from 'node:events';
import net from 'node:net';
import {
  applyMask,
  encodeClosePayload,
  FrameParser,
  frameHeaderLength,
  MAX_FRAME_PAYLOAD_BYTES,
  Opcode,
  writeFrameHeader,
} from '@hybridge/protocol';
import { Conduit } from '@hybridge/socket';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BridgeEnd, bridge } from './bridge.js';

/** One read of a leg (256 KiB), its headers, and the relay's own control frames. */
const MAX_QUEUED_BYTES = 320 * 1024;

type Step =
  | { readonly do: 'message'; readonly text: boolean; readonly parts: number[]; readonly ping: boolean }
  | { readonly do: 'ping'; readonly bytes: number }
  | { readonly do: 'pause' | 'resume' | 'close' | 'turn' | 'wait' | 'end tcp' | 'reset' }
  | { readonly do: 'garbage'; readonly bytes: Uint8Array };
type Side = 'sender' | 'listener';

const size = fc.oneof(
  { weight: 4, arbitrary: fc.nat(20) },
  { weight: 3, arbitrary: fc.constantFrom(125, 126, 2047, 2048, 65_535, 65_536, 65_537, 131_072, 131_073) },
  { weight: 1, arbitrary: fc.nat(700_000) },
);
const only = (name: 'pause' | 'resume' | 'close' | 'turn' | 'wait' | 'end tcp' | 'reset') =>
  fc.constant({ do: name });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('message' as const),
      text: fc.boolean(),
      parts: fc.array(size, { minLength: 1, maxLength: 4 }),
      ping: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ping' as const), bytes: fc.nat(125) }) },
  { weight: 2, arbitrary: only('pause') },
  { weight: 2, arbitrary: only('resume') },
  { weight: 3, arbitrary: only('turn') },
  { weight: 2, arbitrary: only('wait') },
  { weight: 1, arbitrary: only('close') },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'reset' as const }, { do: 'end tcp' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('garbage' as const),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 30 }),
    }),
  },
);
const script = fc.record({
  steps: fc.array(fc.tuple(fc.constantFrom<Side>('sender', 'listener'), step), { maxLength: 24 }),
  /** How many bytes a client gives to TCP at a time. */
  chunks: fc.tuple(...([0, 1] as const).map(() => fc.constantFrom(3, 100, 1000, 70_000, 1_000_000))),
});

function frame(opcode: number, payload: Uint8Array, fin = true): Buffer {
  const header = frameHeaderLength(payload.length, true);
  const bytes = Buffer.alloc(header + payload.length);
  const key = (payload.length * 2_654_435_761) | 1;
  writeFrameHeader(bytes, 0, fin, opcode, payload.length, key);
  bytes.set(payload, header);
  applyMask(bytes, header, bytes.length, key);
  return bytes;
}

const source = Buffer.from(Uint8Array.from({ length: 65_521 }, (_, i) => (i * 7 + (i >>> 7) * 13) & 0xff));

/** Bytes that follow from their place in what a side sends. */
function bytesFrom(at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const from = (at + done) % source.length;
    done += source.copy(bytes, done, from, Math.min(source.length, from + length - done));
  }
  return bytes;
}

/** A message as one side means it and the other gets it: kind, and the place of its end among all payload. */
type Mark = `${'text' | 'binary'} up to ${number}`;

class Client {
  readonly sent: Mark[] = [];
  readonly received: Mark[] = [];
  sentBytes = 0;
  receivedBytes = 0;
  pings = 0;
  pongs = 0;
  /** This side's Close frame is out; nothing may follow. */
  closed = false;
  /** It did what breaks the connection: garbage, or TCP without a Close. */
  broke = false;
  gotClose = false;
  readonly wrong: string[] = [];
  readonly gone: Promise<unknown>;

  constructor(
    readonly socket: net.Socket,
    readonly chunk: number,
  ) {
    let kind: 'text' | 'binary' = 'binary';
    let fin = true;
    let remaining = 0;
    const finish = () => {
      if (remaining === 0 && fin) this.received.push(`${kind} up to ${this.receivedBytes}`);
    };
    const parser = new FrameParser(
      {
        onFrame: (last, opcode, length) => {
          if (this.gotClose) this.wrong.push('a frame after the Close');
          if (length > MAX_FRAME_PAYLOAD_BYTES) this.wrong.push(`a frame of ${length} bytes`);
          if (opcode !== Opcode.continuation) kind = opcode === Opcode.text ? 'text' : 'binary';
          fin = last;
          remaining = length;
          if (length === 0) finish();
        },
        onPayload: (bytes, start, end) => {
          const expected = bytesFrom(this.receivedBytes, end - start);
          if (Buffer.compare(bytes.subarray(start, end), expected) !== 0) this.wrong.push('other bytes');
          this.receivedBytes += end - start;
          remaining -= end - start;
          finish();
        },
        onControl: (opcode) => {
          if (opcode === Opcode.close) this.gotClose = true;
          else if (opcode === Opcode.pong) this.pongs += 1;
          else this.wrong.push('a ping before its time');
        },
      },
      false,
    );
    socket.on('data', (bytes: Buffer) => {
      try {
        parser.parse(bytes, 0, bytes.length);
      } catch (error) {
        this.wrong.push(String(error));
      }
    });
    socket.on('error', () => undefined);
    // The relay closes TCP first.
    socket.on('end', () => socket.end());
    this.gone = once(socket, 'close').catch(() => undefined);
  }

  act(step: Step): void {
    if (step.do === 'pause') this.socket.pause();
    else if (step.do === 'resume') this.socket.resume();
    else if (this.closed || this.broke) return;
    else if (step.do === 'message') this.#message(step);
    else if (step.do === 'ping') this.#ping(step.bytes);
    else if (step.do === 'close') this.close();
    else if (step.do === 'garbage') this.#garbage(step.bytes);
    else if (step.do === 'end tcp') this.#break(() => this.socket.end());
    else if (step.do === 'reset') this.#break(() => this.socket.resetAndDestroy());
  }

  close(): void {
    if (this.closed || this.broke) return;
    this.closed = true;
    this.#write(frame(Opcode.close, encodeClosePayload(1000, 'done')));
  }

  #message({ text, parts, ping }: Step & { do: 'message' }): void {
    const kind = text ? 'text' : 'binary';
    for (const [i, bytes] of parts.entries()) {
      const opcode = i > 0 ? Opcode.continuation : Opcode[kind];
      const fin = i === parts.length - 1;
      this.#write(frame(opcode, bytesFrom(this.sentBytes, bytes), fin));
      this.sentBytes += bytes;
      if (ping) this.#ping(i);
    }
    this.sent.push(`${kind} up to ${this.sentBytes}`);
  }

  #ping(bytes: number): void {
    this.pings += 1;
    this.#write(frame(Opcode.ping, Buffer.alloc(bytes)));
  }

  /** Bytes that no frame begins with, since a reserved bit is set; enough of them for the longest header. */
  #garbage(bytes: Uint8Array): void {
    const start = Buffer.from([bytes[0]! | 0x40]);
    this.#break(() => this.#write(Buffer.concat([start, bytes, Buffer.alloc(14)])));
  }

  #break(how: () => void): void {
    this.broke = true;
    how();
  }

  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += this.chunk) {
      this.socket.write(bytes.subarray(at, at + this.chunk));
      // Pieces of a few bytes over a large frame test nothing more and take long.
      if (at > 100 * this.chunk) return void this.socket.write(bytes.subarray(at + this.chunk));
    }
  }
}

let server: net.Server;
beforeAll(async () => {
  server = net.createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

async function pair(): Promise<[near: net.Socket, far: Conduit]> {
  const { port } = server.address() as net.AddressInfo;
  const accepted = once(server, 'connection');
  const near = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const [far] = (await accepted) as [net.Socket];
  return [near, Conduit.adopt(far)];
}

const turn = () => new Promise(setImmediate);

describe('a bridge between any two clients', () => {
  it('passes on every message as it was, ends only what ended, and holds no more than one read', async () => {
    await fc.assert(
      fc.asyncProperty(script, async ({ steps, chunks }) => {
        const legs = [await pair(), await pair()] as const;
        const [sender, listener] = legs.map(([near], i) => new Client(near, chunks[i]!)) as [Client, Client];
        const end = new Promise<BridgeEnd>((resolve) => {
          bridge(legs[0][1], legs[1][1], { pingIntervalMs: 60_000, onClose: resolve });
        });
        let queued = 0;
        const measure = () => {
          for (const [, { socket }] of legs) queued = Math.max(queued, socket.writableLength);
        };
        for (const [side, step] of steps) {
          (side === 'sender' ? sender : listener).act(step);
          if (step.do === 'turn') await turn();
          if (step.do === 'wait') await new Promise((resolve) => setTimeout(resolve, 3));
          measure();
        }
        for (const client of [sender, listener]) {
          client.socket.resume();
          client.close();
        }
        const measuring = setInterval(measure, 1);
        const { reason } = await end;
        clearInterval(measuring);
        await Promise.all([sender.gone, listener.gone]);

        expect([...sender.wrong, ...listener.wrong]).toEqual([]);
        expect(queued).toBeLessThanOrEqual(MAX_QUEUED_BYTES);
        const orderly = !sender.broke && !listener.broke;
        if (orderly) expect(reason).toBe('finished');
        else expect(reason).toMatch(/cut|violated/);
        for (const [from, to] of [
          [sender, listener],
          [listener, sender],
        ] as const) {
          expect(from.sent.slice(0, to.received.length)).toEqual(to.received);
          expect(to.receivedBytes).toBeLessThanOrEqual(from.sentBytes);
          expect(from.pongs).toBeLessThanOrEqual(from.pings);
          // Whoever broke off is told why with a Close of the relay's own.
          if (to.gotClose && !to.broke) expect(from.closed).toBe(true);
          if (to.gotClose && !to.broke) expect(to.received).toEqual(from.sent);
          if (orderly) expect(to.gotClose).toBe(true);
        }
      }),
    );
  });
});
