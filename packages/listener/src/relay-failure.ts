/**
 * Turns what goes wrong with a control channel into a {@link RelayError}, and tells what is worth another attempt.
 *
 * Source: docs/protocol.md, sections 2.2 and 2.8.
 * @module
 */
import { CloseCode, isRelayError, RelayError } from '@hybridge/protocol';
import { errorWords } from '@hybridge/socket';
import type { Outage } from './backoff.js';

/** The relay could not be reached, or the connection to it broke while it was opened. */
export function unreachable(host: string, error: unknown): RelayError {
  if (isRelayError(error)) return error;
  return new RelayError('ERR_RELAY_CUT', `The relay ${host} cannot be reached: ${errorWords(error)}`, {
    cause: error,
  });
}

/** An open control channel ended. */
export function closedBecause(closeCode: number, reason: string, cause: Error | undefined): RelayError {
  const said = reason === '' ? '' : ` (${reason.replace(/[^\x20-\x7e]+/g, ' ')})`;
  const options = { closeCode, trackingId: /TrackingId:\s*([\w.-]{1,128})/i.exec(reason)?.[1], cause };
  switch (closeCode) {
    case CloseCode.normal:
      return new RelayError('ERR_RELAY_CLOSED', `The relay closed the control channel${said}`, options);
    case CloseCode.goingAway:
      return new RelayError(
        'ERR_RELAY_CLOSED',
        `The relay is going away, or the hybrid connection was deleted${said}`,
        options,
      );
    case CloseCode.policyViolation:
      return new RelayError(
        'ERR_RELAY_UNAUTHORIZED',
        `The relay no longer accepts the token${said}`,
        options,
      );
    case CloseCode.internalError:
      return new RelayError('ERR_RELAY_CLOSED', `The relay ended the control channel${said}`, options);
    default:
      return new RelayError('ERR_RELAY_CUT', `The control channel was cut${said}`, options);
  }
}

/** Whether the relay, or a proxy before it, refused the listener, so that the same attempt again would end the same. */
export function isRefusal(error: RelayError): boolean {
  return refusedBy(error) !== undefined;
}

/** What the relay said no to, if it did. */
export function refusedBy(error: RelayError): Outage['refused'] {
  // A token that ran out on an open channel is another matter: there is a new one by now.
  if (error.status === undefined) return undefined;
  // Asked too often with the wrong password, many a proxy locks the account.
  if (error.code === 'ERR_RELAY_PROXY') return [401, 407].includes(error.status) ? 'credential' : undefined;
  if (error.code === 'ERR_RELAY_UNAUTHORIZED' || error.code === 'ERR_RELAY_FORBIDDEN') return 'credential';
  return error.code === 'ERR_RELAY_ENDPOINT_NOT_FOUND' ? 'hybrid connection' : undefined;
}

/** What whoever still waits is told when the application closes its listener. @param cause - its own reason, if it gave one */
export function closedByUser(cause: unknown): RelayError {
  return new RelayError('ERR_RELAY_CLOSED', 'The listener was closed', cause === undefined ? {} : { cause });
}
