/**
 * Where an answer goes: with one message on the control channel, or as a stream on a rendezvous.
 *
 * An answer that is whole before it is larger than 64 KiB, and within two seconds of its first byte, goes over the control
 * channel. For any other, and for one whose application wants its bytes out, the rendezvous is dialled; what was
 * held until then goes first. So no more than 64 KiB of an answer are ever kept here, beyond the stream's own buffer.
 *
 * Application to wire: a write is done when the bytes are held, or when the kernel has taken them.
 *
 * Source: docs/protocol.md, sections 4.1 and 4.4.
 * @module
 */
import { Writable } from 'node:stream';
import { MAX_INLINE_BODY_BYTES, type Response } from '@hybridge/protocol';
import type { Clock, Timer } from './clock.js';
import type { HttpRendezvous } from './http-rendezvous.js';

/** As the .NET listener: an application that writes slowly wants what it wrote to arrive. */
const HOLD_MS = 2_000;

/** Start of an answer, before any of its body. */
export interface ResponseHead extends Pick<Response, 'statusCode'> {
  readonly statusDescription: string;
  readonly responseHeaders: Readonly<Record<string, string | readonly string[]>>;
  /** Whether there may be a body, by method and status. */
  readonly hasBody: boolean;
}

type Done = (error?: Error | null) => void;

/** The two ways of an answer. */
export interface ResponseWays {
  /**
   * Sends a whole answer over the control channel.
   * @returns `false` when there is no such way, or no more.
   */
  sendWhole(head: ResponseHead, body: Uint8Array | undefined, done: Done): boolean;
  /** Begins an answer on the rendezvous. */
  begin(head: ResponseHead, hasBody: boolean): Promise<HttpRendezvous>;
  /** So many bytes of the answer were written. */
  moved(bytes: number): void;
  /** Whether {@link ResponseWays.sendWhole} may be worth waiting for. */
  readonly isInline: boolean;
  /** For what is held. */
  readonly clock: Clock;
}

/** Takes the body of one answer. */
export class ResponseBody extends Writable {
  readonly #ways: ResponseWays;
  #head: ResponseHead | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #timer: Timer | undefined;
  #stream: Promise<HttpRendezvous> | undefined;
  /** What was announced on the rendezvous. */
  #hasBody = false;

  constructor(ways: ResponseWays) {
    super({ decodeStrings: true, highWaterMark: MAX_INLINE_BODY_BYTES });
    this.#ways = ways;
  }

  /** Sets what goes before the body; to be called before anything is written. */
  begin(head: ResponseHead): void {
    this.#head = head;
  }

  /** Sends what there is, at once. */
  flush(): void {
    this.#open(this.#head!.hasBody).catch((error: Error) => this.destroy(error));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#take([chunk], done);
  }

  override _writev(chunks: Array<{ chunk: Buffer }>, done: Done): void {
    this.#take(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: Done): void {
    this.#timer?.cancel();
    if (this.#stream === undefined) {
      const body = this.#heldBytes === 0 ? undefined : Buffer.concat(this.#held, this.#heldBytes);
      if (this.#ways.sendWhole(this.#head!, body, done)) return;
    }
    this.#open(this.#heldBytes > 0).then((stream) => stream.finish(this.#hasBody, done), done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#timer?.cancel();
    this.#held = [];
    done(error);
  }

  #take(chunks: readonly Uint8Array[], done: Done): void {
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    this.#ways.moved(bytes);
    if (this.#stream === undefined && this.#mayHold(bytes)) {
      this.#held.push(...chunks);
      this.#heldBytes += bytes;
      this.#timer ??= this.#ways.clock.setTimer(() => this.flush(), HOLD_MS);
      done();
    } else {
      this.#open(true).then((stream) => stream.send(chunks, done), done);
    }
  }

  #mayHold(bytes: number): boolean {
    return this.#ways.isInline && this.#heldBytes + bytes <= MAX_INLINE_BODY_BYTES;
  }

  /** Whatever follows waits for this promise, and so keeps its place behind what was held. */
  #open(hasBody: boolean): Promise<HttpRendezvous> {
    if (this.#stream !== undefined) return this.#stream;
    this.#timer?.cancel();
    this.#hasBody = hasBody;
    this.#stream = this.#ways.begin(this.#head!, hasBody).then((stream) => {
      const held = this.#held;
      this.#held = [];
      if (held.length > 0) stream.send(held, () => undefined);
      return stream;
    });
    return this.#stream;
  }
}
