/**
 * The payload of a Close frame: a code and a reason.
 *
 * Source: RFC 6455, sections 5.5.1 and 7.4; what the codes mean on this wire is in docs/protocol.md, sections 2.8 and 3.7.
 * @module
 */
import { RelayError } from './errors.js';
import { MAX_CONTROL_PAYLOAD_BYTES } from './frame.js';

/** Close codes with a meaning on this wire. */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  policyViolation: 1008,
  messageTooBig: 1009,
  internalError: 1011,
} as const;

/** What a Close frame says. A frame with an empty payload says nothing: `code` is `undefined`. */
export interface Close {
  readonly code: number | undefined;
  readonly reason: string;
}

/** The bytes of a Close frame's payload. A reason that does not fit is cut at a whole character. */
export function encodeClosePayload(code: number, reason = ''): Uint8Array {
  const text = new Uint8Array(MAX_CONTROL_PAYLOAD_BYTES - 2);
  const { written } = new TextEncoder().encodeInto(reason, text);
  const payload = new Uint8Array(2 + written);
  payload[0] = code >>> 8;
  payload[1] = code & 0xff;
  payload.set(text.subarray(0, written), 2);
  return payload;
}

/**
 * Reads a Close frame's payload. A reason that is not UTF-8 is read with replacement characters: it is only for people.
 * @throws RelayError `ERR_RELAY_PROTOCOL` when the payload is a single byte or the code is one that may not be sent.
 */
export function parseClosePayload(payload: Uint8Array): Close {
  if (payload.length === 0) return { code: undefined, reason: '' };
  const code = payload.length === 1 ? 0 : (payload[0]! << 8) | payload[1]!;
  if (!mayBeSent(code)) {
    throw new RelayError('ERR_RELAY_PROTOCOL', 'A Close frame carries no valid status code', {
      closeCode: CloseCode.protocolError,
    });
  }
  return { code, reason: new TextDecoder().decode(payload.subarray(2)) };
}

/**
 * Whether a Close frame tells of a failure, and not that its sender is done: what came before it may be half of something.
 *
 * Source: RFC 6455, section 7.4.1, and the registry of close codes: 1002 to 1014 each name something that went wrong. 1000, 1001,
 * codes of applications (3000 and up) and a frame without a code do not.
 */
export function isFailure({ code }: Close): boolean {
  return code !== undefined && code > CloseCode.goingAway && code < 3_000;
}

/** 1004–1006 and 1015 are reserved for what never stands on the wire; below 1000 and above 4999 nothing is defined. */
function mayBeSent(code: number): boolean {
  return (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006)) || (code >= 3000 && code <= 4999);
}
