/**
 * The id that lets three parties find the same event in three logs.
 *
 * Source: docs/protocol.md, section 2.2 (TrackingId) and 2.8 (close reasons carry it too).
 * @module
 */
import { randomUUID } from 'node:crypto';
import { MAX_CLOSE_REASON_BYTES, sanitizeReason } from '@hybridge/protocol';

/** Longest client id that is taken over; clients send GUIDs, some with suffixes such as `_G3_G9`. */
const MAX_CLIENT_ID_CHARS = 64;

/** The client's own `sb-hc-id` where it is fit for a log and a status line, else a new GUID. */
export function trackingIdFor(clientId: string | undefined): string {
  return clientId !== undefined && isPlain(clientId) ? clientId : randomUUID();
}

/** The reason of a Close frame: the sentence, cut if need be, then the tracking id. At most 123 bytes. */
export function closeReason(sentence: string, trackingId: string): string {
  const tail = ` TrackingId:${trackingId}`;
  // Both parts are ASCII, so characters are bytes.
  return `${sanitizeReason(sentence).slice(0, MAX_CLOSE_REASON_BYTES - tail.length)}${tail}`;
}

function isPlain(text: string): boolean {
  return text.length <= MAX_CLIENT_ID_CHARS && /^[\w.:-]+$/.test(text);
}
