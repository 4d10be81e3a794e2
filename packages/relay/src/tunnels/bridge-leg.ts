/**
 * One leg of a bridge: reads masked frames from its peer and writes them, unmasked, to the other leg.
 *
 * The bytes that a leg writes come from three sources that must not break into each other: the frames of the other
 * leg, in pieces; the relay's own pings, pongs and Close. So a leg knows whether it stands between two frames, and a
 * control frame that has to wait is kept, one of a kind: a flood of pings is answered by the last of them.
 *
 * Source: docs/protocol.md, section 3.6; RFC 6455, section 5.4 (control frames between fragments).
 * @module
 */
import {
  FrameParser,
  type FrameSink,
  frameHeaderLength,
  MAX_FRAME_PAYLOAD_BYTES,
  Opcode,
  parseClosePayload,
  writeFrameHeader,
} from '@hybridge/protocol';
import type { Conduit, ConduitSink } from '@hybridge/socket';

/** Payload pieces below this size are moved together, so that many small frames become one write. */
const JOIN_BELOW_BYTES = 2048;

/** Only empty frames make more pieces than this of one read. Kept one by one they would weigh eighty times their bytes. */
const MANY_PIECES = 512;

/** A peer that sends more control frames than this between two beats of the heart is up to no good. */
const MAX_CONTROL_FRAMES_PER_BEAT = 10_000;

/** What a leg tells the bridge. */
export interface BridgeLegEvents {
  /** A Close frame arrived and was passed on. */
  onLegClosed(leg: BridgeLeg): void;
  /** The connection ended without one. */
  onLegCut(leg: BridgeLeg, error: Error | undefined): void;
  onLegViolation(leg: BridgeLeg, error: Error): void;
  /** The TCP connection is gone. */
  onLegGone(leg: BridgeLeg): void;
}

/**
 * One of the two connections of a bridge.
 *
 * It is the sink of its conduit and of its parser itself, since an object with a closure for each event would be a tenth
 * of what an idle connection weighs.
 */
export class BridgeLeg implements ConduitSink, FrameSink {
  /** Where this leg's frames go. Set before `start()`. */
  peer!: BridgeLeg;
  /** Payload bytes that arrived. */
  bytesReceived = 0;
  /** The peer has ended its direction with a Close frame. */
  closeReceived = false;

  readonly #conduit: Conduit;
  readonly #events: BridgeLegEvents;
  readonly #parser: FrameParser;
  #heard = true;
  #silentBeats = 0;
  #controlFrames = 0;

  /** What is written to the peer after this read: finished pieces, and the one that is still growing. */
  #pieces: Uint8Array[] = [];
  #run: Buffer | undefined;
  #runStart = 0;
  #runEnd = 0;

  /** The frame that is arriving: its payload still to come, and how it goes on to the peer. */
  #frameRemaining = 0;
  #frameFin = true;
  #frameOpcode: number = Opcode.binary;
  /** Payload bytes that the frame being written to the peer still lacks. */
  #pieceRemaining = 0;

  /** Nothing more may be written: a Close frame has been, or the connection ends. */
  #writeEnded = false;
  #pendingPong: Uint8Array | undefined;
  #pendingPing = false;
  #pendingClose: Uint8Array | undefined;

  constructor(conduit: Conduit, events: BridgeLegEvents) {
    this.#conduit = conduit;
    this.#events = events;
    this.#parser = new FrameParser(this, true);
    conduit.sink = this;
  }

  /** Begins to read. */
  start(): void {
    this.#conduit.start();
  }

  /** Ends this leg in order: a Close frame with `close`, where one may still be sent, and FIN. */
  finish(close: Uint8Array | undefined): void {
    if (close !== undefined && !this.#writeEnded) {
      if (this.peer.#isInsideFrame()) {
        this.cut();
        return;
      }
      this.#conduit.write(frameOf(Opcode.close, close));
    }
    this.#writeEnded = true;
    this.closeReceived = true;
    // Reading goes on by itself: what is held back is still lent to the other leg, whose drain resumes it.
    this.#conduit.end();
  }

  /** Ends this leg so that its peer sees a failure. */
  cut(): void {
    this.#writeEnded = true;
    this.closeReceived = true;
    this.#conduit.reset();
  }

  /** Called once an interval. @returns how many intervals this leg has been silent. */
  beat(): number {
    // A leg that is not read, because the other one does not take bytes, cannot be heard. One that takes none itself has
    // no ping to answer: it may stop reading for as long as it likes, and whether it lives TCP finds out.
    const isExcused = this.#conduit.held || this.#conduit.blocked || this.closeReceived;
    this.#silentBeats = this.#heard || isExcused ? 0 : this.#silentBeats + 1;
    this.#heard = false;
    this.#controlFrames = 0;
    return this.#silentBeats;
  }

  /** Sends a ping or a pong, at once or as soon as it fits between two frames. */
  sendControl(opcode: typeof Opcode.ping | typeof Opcode.pong, payload: Uint8Array): void {
    if (opcode === Opcode.ping) this.#pendingPing = true;
    else this.#pendingPong = Uint8Array.from(payload);
    this.#flushControl();
  }

  /** A frame that this leg's peer sent has been passed on in part. */
  #isInsideFrame(): boolean {
    return this.#pieceRemaining > 0;
  }

  #flushControl(): void {
    if (this.#pendingPong === undefined && !this.#pendingPing) return;
    if (this.#writeEnded || this.#conduit.blocked || this.peer.#isInsideFrame()) return;
    if (this.#pendingPong !== undefined) this.#conduit.write(frameOf(Opcode.pong, this.#pendingPong));
    if (this.#pendingPing) this.#conduit.write(frameOf(Opcode.ping, NOTHING));
    this.#pendingPong = undefined;
    this.#pendingPing = false;
  }

  /** @internal As a sink of the conduit. */
  onBytes(bytes: Buffer, start: number, end: number): boolean {
    this.#heard = true;
    if (this.closeReceived) return true; // nothing may follow a Close frame; what does is dropped
    try {
      this.#parser.parse(bytes, start, end);
    } catch (error) {
      this.#pieces = [];
      this.#run = undefined;
      this.#events.onLegViolation(this, error as Error);
      return true;
    }
    return this.#flush();
  }

  /** Writes what this read brought. @returns whether the bytes are free again. */
  #flush(): boolean {
    const { peer } = this;
    if (this.#pieces.length === 0 && this.#run !== undefined && !peer.#writeEnded) {
      const run = this.#run.subarray(this.#runStart, this.#runEnd);
      this.#run = undefined;
      peer.#conduit.write(run);
    }
    this.#endRun();
    if (peer.#writeEnded) this.#pieces = [];
    if (this.#pieces.length > 0) {
      const pieces = this.#pieces.length > MANY_PIECES ? [Buffer.concat(this.#pieces)] : this.#pieces;
      this.#pieces = [];
      peer.#conduit.writeAll(pieces);
    }
    if (this.#pendingClose !== undefined) this.#passClose(this.#pendingClose);
    peer.#flushControl();
    return !peer.#conduit.blocked;
  }

  /** @internal As a sink of the conduit. */
  onDrain(): void {
    this.#flushControl();
    if (!this.#conduit.blocked) this.peer.#conduit.resume();
  }

  /** @internal As a sink of the conduit. */
  onEnd(): void {
    if (!this.closeReceived) this.#events.onLegCut(this, undefined);
  }

  /** @internal As a sink of the conduit. */
  onClose(error: Error | undefined): void {
    if (!this.closeReceived || !this.#writeEnded) this.#events.onLegCut(this, error);
    this.#events.onLegGone(this);
  }

  /** @internal As a sink of the parser. */
  onFrame(fin: boolean, opcode: number, length: number): void {
    this.#frameFin = fin;
    this.#frameOpcode = opcode;
    this.#frameRemaining = length;
    if (length > 0 || this.closeReceived) return;
    // A peer's own empty message goes on as it is; the relay never makes one (docs/protocol.md, section 3.6).
    this.#endRun();
    const header = Buffer.allocUnsafe(2);
    writeFrameHeader(header, 0, fin, opcode, 0, undefined);
    this.#pieces.push(header);
  }

  /** @internal As a sink of the parser. */
  onPayload(bytes: Buffer, start: number, end: number): void {
    if (this.closeReceived) return;
    this.bytesReceived += end - start;
    for (let at = start; at < end; ) {
      const begins = this.#pieceRemaining === 0;
      if (begins) this.#pieceRemaining = Math.min(this.#frameRemaining, MAX_FRAME_PAYLOAD_BYTES);
      const stop = Math.min(end, at + this.#pieceRemaining);
      if (begins) this.#beginPiece(bytes, at, stop);
      else this.#append(bytes, at, stop);
      this.#pieceRemaining -= stop - at;
      this.#frameRemaining -= stop - at;
      at = stop;
    }
  }

  /** Writes a header right before `bytes[start..end)`, or behind what is already there when the piece is small. */
  #beginPiece(bytes: Buffer, start: number, end: number): void {
    const length = this.#pieceRemaining;
    const headerLength = frameHeaderLength(length, false);
    const fin = this.#frameFin && length === this.#frameRemaining;
    const opcode = this.#frameOpcode;
    this.#frameOpcode = Opcode.continuation;

    if (this.#run !== undefined && end - start < JOIN_BELOW_BYTES && this.#runEnd + headerLength <= start) {
      this.#runEnd = writeFrameHeader(bytes, this.#runEnd, fin, opcode, length, undefined);
      this.#append(bytes, start, end);
      return;
    }
    const room = this.#run === undefined ? start : start - this.#runEnd;
    this.#endRun();
    this.#run = bytes;
    this.#runEnd = end;
    if (room >= headerLength) {
      this.#runStart = start - headerLength;
      writeFrameHeader(bytes, this.#runStart, fin, opcode, length, undefined);
    } else {
      this.#runStart = start;
      const header = Buffer.allocUnsafe(headerLength);
      writeFrameHeader(header, 0, fin, opcode, length, undefined);
      this.#pieces.push(header);
    }
  }

  #append(bytes: Buffer, start: number, end: number): void {
    if (this.#run === undefined) {
      this.#run = bytes;
      this.#runStart = start;
    } else if (this.#runEnd !== start) {
      bytes.copyWithin(this.#runEnd, start, end);
      this.#runEnd += end - start;
      return;
    }
    this.#runEnd = end;
  }

  #endRun(): void {
    if (this.#run === undefined) return;
    this.#pieces.push(this.#run.subarray(this.#runStart, this.#runEnd));
    this.#run = undefined;
  }

  /** @internal As a sink of the parser. */
  onControl(opcode: number, payload: Uint8Array): void {
    if (this.closeReceived) return;
    this.#controlFrames += 1;
    if (this.#controlFrames > MAX_CONTROL_FRAMES_PER_BEAT) {
      this.#events.onLegViolation(this, new Error('Too many control frames'));
    } else if (opcode === Opcode.ping) {
      this.#pendingPong = Uint8Array.from(payload);
      this.#flushControl();
    } else if (opcode === Opcode.close) {
      parseClosePayload(payload);
      this.closeReceived = true;
      this.#pendingClose = Uint8Array.from(payload);
    }
  }

  /** Passes a Close frame on as it is, code and reason unchanged. */
  #passClose(payload: Uint8Array): void {
    this.#pendingClose = undefined;
    if (!this.peer.#writeEnded) {
      this.peer.#writeEnded = true;
      this.peer.#conduit.write(frameOf(Opcode.close, payload));
    }
    this.#events.onLegClosed(this);
  }
}

const NOTHING = new Uint8Array(0);

/** A frame of the relay's own: not masked, as a server's are. */
function frameOf(opcode: number, payload: Uint8Array): Buffer {
  const headerLength = frameHeaderLength(payload.length, false);
  const frame = Buffer.allocUnsafe(headerLength + payload.length);
  writeFrameHeader(frame, 0, true, opcode, payload.length, undefined);
  frame.set(payload, headerLength);
  return frame;
}
