/**
 * What a sender of HTTP requests is told when no listener answers it, and the body that says so.
 *
 * The rest of the refusals are those of a WebSocket sender, in `status.ts`. The words stand in the status line too.
 *
 * Source: docs/protocol.md, section 4.5.
 * @module
 */
import { type Refusal, refusals, type Tracking, trackingText } from './status.js';

/** Refusals that only HTTP requests meet. `path` is the hybrid connection's path, shown to the client. */
export const httpRefusals = {
  /** Nobody listens. To a WebSocket sender this is a 404. */
  noListeners: (path: string): Refusal => ({ ...refusals.noListeners(path), status: 502 }),
  /** The listener that had the request went away without an answer. It may have acted on it. */
  listenerGone: (): Refusal => ({
    status: 502,
    code: 'ListenerGone',
    reason: 'The listener that the request was routed to went away before it responded.',
  }),
  /** What the listener sent cannot be passed on. */
  badResponse: (why: string): Refusal => ({
    status: 502,
    code: 'BadResponse',
    reason: `The response of the listener cannot be passed on: ${why}`,
  }),
  /** The listener was told of the request and neither answered nor, where it had to, came for it. */
  gatewayTimeout: (): Refusal => ({
    status: 504,
    code: 'GatewayTimeout',
    reason: 'The request was routed to the listener but the listener did not respond in the required time.',
  }),
  /** The body of the request stood still for too long. */
  requestTimeout: (): Refusal => ({
    status: 408,
    code: 'RequestTimeout',
    reason: 'The body of the request did not arrive in the required time.',
  }),
  /** The request's headers do not fit in a message to the listener. */
  headersTooLarge: (): Refusal => ({
    status: 431,
    code: 'RequestHeaderFieldsTooLarge',
    reason: 'The headers of the request do not fit in a message to the listener.',
  }),
} as const;

/** The live service has one word for all that can be wrong with a token. */
const TOKEN_CODE = 'TokenMissingOrInvalid';

/** The JSON body of a refusal: `{"error":{"code":…,"message":…}}`. */
export function httpErrorBody(refusal: Refusal, tracking: Tracking): string {
  const code = refusal.status === 401 ? TOKEN_CODE : refusal.code;
  return JSON.stringify({ error: { code, message: `${refusal.reason} ${trackingText(tracking)}` } });
}
