/**
 * Streams multiplexed inside one rendezvous: the frames that our sender and our listener say to each other there.
 *
 * An extension of ours, agreed on by subprotocol, of which relays know nothing. Each frame has eight bytes of header
 * (type, 24 bits of length, 32 bits of stream) and then its payload, all numbers big-endian. Frames run through the
 * connection as one stream of bytes; how that is cut into WebSocket messages means nothing.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0057.
 * @module
 */
import { sanitizeReason } from './status.js';

/** The subprotocol of a multiplexed rendezvous. */
export const MULTIPLEX_PROTOCOL = 'hybridge.multiplex.1';

/**
 * Stands before it where the application offers no subprotocol. Many listeners take the first of an offer without
 * knowing it, and some the last, so that the first, and the last of several, must mean what such a listener does: one
 * ordinary connection.
 */
export const SINGLE_PROTOCOL = 'hybridge.single.1';

/** What a sender offers that would multiplex. @param protocols - the application's own. */
export function multiplexOffer(protocols: readonly string[]): readonly string[] {
  const [first = SINGLE_PROTOCOL, ...others] = protocols;
  return [first, MULTIPLEX_PROTOCOL, ...others];
}

/** What the application offered, without what {@link multiplexOffer} adds. */
export function applicationProtocols(offered: readonly string[]): string[] {
  return offered.filter((protocol) => protocol !== MULTIPLEX_PROTOCOL && protocol !== SINGLE_PROTOCOL);
}

/** What a frame is; each is said by both ends unless said otherwise. */
export const MultiplexFrame = {
  /** The listener's first word: how many streams it takes. Nothing is sent to it before. */
  hello: 0,
  /** The sender asks for a stream: its receive window, and the stream's tracking id. */
  open: 1,
  /** The listener takes it: its receive window. */
  accept: 2,
  /** The listener does not: whether anybody was asked, a status and a reason, as in a rejected rendezvous. */
  reject: 3,
  /** Bytes of a stream, within the window that the other end gave. */
  data: 4,
  /** That many bytes more may be sent. */
  window: 5,
  /** No more data comes from this end. */
  end: 6,
  /** The stream is cut. */
  reset: 7,
  /** The listener takes no further stream; those that are open go on. */
  leave: 8,
} as const;

/** Bytes before the payload of each frame. */
export const MULTIPLEX_HEADER_BYTES = 8;

/** Bytes of payload of a data frame: large enough for a bulk stream, small enough for others to get their turn. */
export const MAX_MULTIPLEX_DATA_BYTES = 65_536;

/** Characters of a stream's tracking id, in ASCII: a GUID and words behind it. */
export const MAX_TRACKING_ID_CHARS = 128;

/** As almost all are. */
const PLAIN_ID = /^[\w-]{1,128}$/;

/** The largest window, in bytes. */
export const MAX_MULTIPLEX_WINDOW_BYTES = 2 ** 31 - 1;

/** The first four bytes of the first frame's payload. */
export const HELLO_MAGIC = 0x48594d58; // HYMX

/** Why a listener does not take a stream. */
export interface MultiplexRefusal {
  /** Nobody was asked: the session is full or the listener leaves, so that the stream may be tried elsewhere. */
  readonly untried: boolean;
  /** As in a rejected rendezvous: 400 to 599. */
  readonly status: number;
  /** One line of ASCII. */
  readonly reason: string;
}

/** Writes the header of a frame. @returns the offset behind it. */
export function writeMultiplexHeader(
  target: Buffer,
  at: number,
  type: number,
  stream: number,
  length: number,
): number {
  target.writeUInt32BE(((type << 24) | length) >>> 0, at);
  return target.writeUInt32BE(stream, at + 4);
}

/** The whole first frame. @param maxStreams - how many streams may be open at once. */
export function helloFrame(maxStreams: number): Buffer {
  const frame = frameOf(MultiplexFrame.hello, 0, 8);
  frame.writeUInt32BE(HELLO_MAGIC, MULTIPLEX_HEADER_BYTES);
  frame.writeUInt32BE(maxStreams, MULTIPLEX_HEADER_BYTES + 4);
  return frame;
}

/** The frame that asks for a stream. @param trackingId - cut to 128 characters of printable ASCII. */
export function openFrame(stream: number, windowBytes: number, trackingId: string): Buffer {
  const id = PLAIN_ID.test(trackingId)
    ? trackingId
    : sanitizeReason(trackingId).slice(0, MAX_TRACKING_ID_CHARS);
  const frame = frameOf(MultiplexFrame.open, stream, 4 + id.length);
  frame.writeUInt32BE(windowBytes, MULTIPLEX_HEADER_BYTES);
  frame.write(id, MULTIPLEX_HEADER_BYTES + 4, 'latin1');
  return frame;
}

/** The frame that takes a stream. */
export function acceptFrame(stream: number, windowBytes: number): Buffer {
  return numberFrame(MultiplexFrame.accept, stream, windowBytes);
}

/** The frame that gives more window. */
export function windowFrame(stream: number, bytes: number): Buffer {
  return numberFrame(MultiplexFrame.window, stream, bytes);
}

/** The frame that does not take a stream. */
export function rejectFrame(stream: number, { untried, status, reason }: MultiplexRefusal): Buffer {
  const text = sanitizeReason(reason);
  const frame = frameOf(MultiplexFrame.reject, stream, 3 + text.length);
  frame[MULTIPLEX_HEADER_BYTES] = untried ? 1 : 0;
  frame.writeUInt16BE(status, MULTIPLEX_HEADER_BYTES + 1);
  frame.write(text, MULTIPLEX_HEADER_BYTES + 3, 'latin1');
  return frame;
}

/** A frame without payload. */
export function bareFrame(
  type: typeof MultiplexFrame.end | typeof MultiplexFrame.reset | typeof MultiplexFrame.leave,
  stream: number,
): Buffer {
  return frameOf(type, stream, 0);
}

function numberFrame(type: number, stream: number, value: number): Buffer {
  const frame = frameOf(type, stream, 4);
  frame.writeUInt32BE(value, MULTIPLEX_HEADER_BYTES);
  return frame;
}

function frameOf(type: number, stream: number, length: number): Buffer {
  const frame = Buffer.allocUnsafe(MULTIPLEX_HEADER_BYTES + length);
  writeMultiplexHeader(frame, 0, type, stream, length);
  return frame;
}
