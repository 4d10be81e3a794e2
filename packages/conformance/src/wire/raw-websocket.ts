/**
 * A WebSocket made of bytes: it shows every frame as it came, sends any frame, and answers nothing by itself but pings.
 *
 * Written apart from the project's codec, so that a mistake there does not hide itself here.
 * Source: RFC 6455, section 5.
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { within } from '../deadline.js';
import type { Answer } from './answer.js';

const READ_TIMEOUT_MS = 20_000;

/** The opcodes. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One frame. */
export interface Frame {
  readonly opcode: number;
  /** Last of its message. */
  readonly final: boolean;
  readonly payload: Buffer;
}

/** How the connection under it ended. */
export type Ending = 'end' | 'reset';

/** The client's end. */
export class RawWebSocket {
  /** What the relay answered: the 101. */
  readonly answer: Answer;
  readonly socket: Socket;
  /** Pings that came, and were answered unless {@link RawWebSocket.mute} is set. */
  pings = 0;
  /** Pongs that came. */
  pongs = 0;
  /** Leaves pings unanswered. */
  mute = false;
  readonly #frames: Frame[] = [];
  #bytes: Buffer;
  #ending: Ending | undefined;
  #wake: () => void = () => {};

  /** @param bytes - what came behind the 101 */
  constructor(socket: Socket, answer: Answer, bytes: Buffer) {
    this.socket = socket;
    this.answer = answer;
    this.#bytes = bytes;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#parse();
    });
    socket.on('error', () => this.#end('reset'));
    socket.on('end', () => this.#end('end'));
    socket.resume();
    this.#parse();
  }

  /** Sends one frame, masked. */
  frame(opcode: number, payload: Buffer | string = '', final = true): void {
    const bytes = Buffer.from(payload as string);
    const mask = randomBytes(4);
    const masked = Buffer.from(bytes.map((byte, index) => byte ^ mask[index & 3]!));
    this.socket.write(Buffer.concat([header(opcode, final, bytes.length), mask, masked]));
  }

  text(payload: string): void {
    this.frame(Opcode.text, payload);
  }

  binary(payload: Buffer): void {
    this.frame(Opcode.binary, payload);
  }

  /** Sends a Close frame and goes on reading. */
  close(code?: number, reason = ''): void {
    const status = Buffer.alloc(code === undefined ? 0 : 2);
    if (code !== undefined) status.writeUInt16BE(code);
    this.frame(Opcode.close, Buffer.concat([status, Buffer.from(reason)]));
  }

  /** The next frame that is neither ping nor pong. */
  async next(): Promise<Frame> {
    await this.#until(() => this.#frames.length > 0, 'a frame');
    return this.#frames.shift()!;
  }

  /** The next whole message, put together. */
  async message(): Promise<Frame> {
    const first = await this.next();
    const parts = [first.payload];
    for (let last = first; !last.final; ) {
      last = await this.next();
      if (last.opcode !== Opcode.continuation) throw new Error(`Opcode ${last.opcode} inside a message`);
      parts.push(last.payload);
    }
    return { opcode: first.opcode, final: true, payload: Buffer.concat(parts) };
  }

  /** The next message, which must be text and JSON. */
  async json(): Promise<Record<string, unknown>> {
    const { opcode, payload } = await this.message();
    if (opcode !== Opcode.text) throw new Error(`Opcode ${opcode} where text was expected`);
    return JSON.parse(payload.toString()) as Record<string, unknown>;
  }

  /** The next frame, which must be a Close. */
  async closed(): Promise<{ readonly code: number | undefined; readonly reason: string }> {
    const { opcode, payload } = await this.next();
    if (opcode !== Opcode.close) throw new Error(`Opcode ${opcode} where a Close was expected`);
    return {
      code: payload.length < 2 ? undefined : payload.readUInt16BE(0),
      reason: payload.subarray(2).toString(),
    };
  }

  /** Frames that came and were not read. */
  get waiting(): readonly Frame[] {
    return this.#frames;
  }

  /** Whether TCP has ended. */
  get over(): boolean {
    return this.#ending !== undefined;
  }

  /** How TCP ended; frames that came before are kept. */
  async ended(): Promise<Ending> {
    await this.#until(() => this.#ending !== undefined, 'the end of the connection');
    return this.#ending!;
  }

  /** Drops TCP. */
  abort(): void {
    this.socket.resetAndDestroy();
  }

  #parse(): void {
    for (let parsed = parse(this.#bytes); parsed !== undefined; parsed = parse(this.#bytes)) {
      this.#bytes = parsed.rest;
      const { frame } = parsed;
      if (frame.opcode === Opcode.ping) {
        this.pings += 1;
        if (!this.mute) this.frame(Opcode.pong, frame.payload);
      } else if (frame.opcode === Opcode.pong) {
        this.pongs += 1;
      } else {
        this.#frames.push(frame);
      }
      this.#wake();
    }
  }

  #end(ending: Ending): void {
    this.#ending ??= ending;
    this.#wake();
  }

  async #until(done: () => boolean, what: string): Promise<void> {
    while (!done()) {
      if (this.over) throw new Error(`TCP ended (${this.#ending}) before ${what}`);
      const more = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await within(more, READ_TIMEOUT_MS, what);
    }
  }
}

function header(opcode: number, final: boolean, length: number): Buffer {
  const first = (final ? 0x80 : 0) | opcode;
  if (length < 126) return Buffer.from([first, 0x80 | length]);
  if (length < 65_536) return Buffer.from([first, 0xfe, length >> 8, length & 0xff]);
  const bytes = Buffer.from([first, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

function parse(bytes: Buffer): { readonly frame: Frame; readonly rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  if ((first & 0x70) !== 0) throw new Error('A frame has reserved bits set');
  if ((second & 0x80) !== 0) throw new Error('A frame of the relay is masked');
  const short = second & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length);
  return {
    frame: { opcode: first & 0x0f, final: (first & 0x80) !== 0, payload },
    rest: bytes.subarray(start + length),
  };
}
