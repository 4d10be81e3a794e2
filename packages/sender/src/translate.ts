/**
 * What a failed connection attempt says to the application: the only place where the sender words its errors.
 *
 * `code` is a word that drivers and pools act on, `syscall` is `connect`, the message is for a person, and the `cause`
 * is what the relay or Node said, with the tracking id where there is one.
 * @module
 */
import { isRelayError, type RelayAddress, socketErrorCode } from '@hybridge/protocol';
import { errorWords } from '@hybridge/socket';

/** Why a socket did not connect, or a request was not answered. */
export interface ConnectError extends Error {
  /** For a program: `ECONNREFUSED`, `EACCES`, `ETIMEDOUT`, `ENOTFOUND`, `ECONNRESET`, or Node's own. */
  readonly code: string;
  readonly syscall: 'connect';
  /** A `RelayError` when it was the relay, a proxy before it or the listener behind it; an error of Node's otherwise. */
  readonly cause: unknown;
}

/** Words an error for the application. @param what - what it tried to do. */
export function translate(
  cause: unknown,
  relay: RelayAddress,
  what: 'connect' | 'request' = 'connect',
): ConnectError {
  const code = socketErrorCode(cause);
  const where = `${what} ${code}: hybrid connection ${relay.path} on ${relay.host}`;
  const error = new Error(`${where}: ${reasonOf(cause)}`, { cause }) as Error & { cause: unknown };
  return Object.assign(error, { code, syscall: 'connect' as const });
}

function reasonOf(cause: unknown): string {
  if (isRelayError(cause)) {
    return cause.trackingId === undefined
      ? cause.message
      : `${cause.message} [TrackingId:${cause.trackingId}]`;
  }
  return `the relay cannot be reached: ${errorWords(cause)}`;
}
