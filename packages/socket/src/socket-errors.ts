/**
 * The errors of an open relayed connection, in the words that `net.Socket` uses and drivers act on.
 *
 * What the relay or the network said is the `cause`. Errors of opening come from whoever opens, and pass unchanged.
 * @module
 */
import { constants } from 'node:os';

/** The connection broke while it was open: a reset, as seen by a reader. */
export function connectionReset(cause: unknown): NodeJS.ErrnoException {
  return socketError('ECONNRESET', 'read', cause);
}

/** A write could not be delivered: `EPIPE` when this direction was closed already, else a reset. */
export function writeFailed(cause: Error): NodeJS.ErrnoException {
  const { code } = cause as NodeJS.ErrnoException;
  return socketError(
    code === 'EPIPE' || code === 'ERR_RELAY_CLOSED' ? 'EPIPE' : 'ECONNRESET',
    'write',
    cause,
  );
}

/** A write after both sides have ended, in the words of `net.Socket`. */
export function endedByOtherParty(): NodeJS.ErrnoException {
  return Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' });
}

/** A write to a socket whose connection was joined to another one. */
export function spliced(): NodeJS.ErrnoException {
  return Object.assign(new Error('This socket has been spliced; write to the other end instead'), {
    code: 'EPIPE',
  });
}

function socketError(code: 'ECONNRESET' | 'EPIPE', syscall: string, cause: unknown): NodeJS.ErrnoException {
  const error = new Error(`${syscall} ${code}`, { cause });
  return Object.assign(error, { code, syscall, errno: -constants.errno[code] });
}
