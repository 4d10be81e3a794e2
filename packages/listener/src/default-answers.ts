/**
 * What a listener answers to an HTTP request by itself.
 *
 * Source: docs/protocol.md, section 4.3.
 * @module
 */
import type { ServerResponse } from 'node:http';
import { type RelayAddress, sanitizeReason } from '@hybridge/protocol';
import type { ResponseHead } from './response-body.js';

/** An answer without a body: all its words are in the status line, where other clients look for them. */
export interface DefaultAnswer {
  readonly status: number;
  readonly reason: string;
}

/** What identifies the case to whoever runs the listener. */
export interface Circumstances {
  readonly trackingId: string;
  readonly relay: RelayAddress;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/** Nobody takes requests here. */
export function noHandler(circumstances: Circumstances): DefaultAnswer {
  return answer(501, 'The listener RequestHandler has not been configured.', circumstances);
}

/** Whoever takes them failed. Says nothing of how. */
export function handlerThrew(circumstances: Circumstances): DefaultAnswer {
  return answer(
    500,
    'The listener RequestHandler threw an exception. See Listener logs for details.',
    circumstances,
  );
}

/** The application gave the request up before it answered. */
export function noAnswer(circumstances: Circumstances): DefaultAnswer {
  return answer(502, 'The listener gave up the request without an answer.', circumstances);
}

/** The listener is about to end. */
export function closing(circumstances: Circumstances): DefaultAnswer {
  return answer(503, 'The listener is closing.', circumstances);
}

/** As the start of an answer that has no more. */
export function headOf({ status, reason }: DefaultAnswer): ResponseHead {
  return { statusCode: status, statusDescription: reason, responseHeaders: {}, hasBody: false };
}

/** Gives it, in place of whatever headers were set. */
export function give({ status, reason }: DefaultAnswer, response: ServerResponse): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(status, reason).end();
}

function answer(status: number, text: string, { trackingId, relay, now }: Circumstances): DefaultAnswer {
  const address = `${relay.secure ? 'https' : 'http'}://${relay.host}/${relay.path}`;
  const time = new Date(now).toISOString().slice(0, 19);
  const reason = `${text} TrackingId:${trackingId}, Address:${address}, Timestamp:${time}`;
  return { status, reason: sanitizeReason(reason) };
}
