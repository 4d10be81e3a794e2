/**
 * Why a management request was refused, in the form in which Azure Resource Manager says so.
 *
 * Everything that refuses throws a {@link RestError}; `restErrorOf` makes one of anything else that is thrown, so there is
 * one place where the codes of this relay become statuses.
 * @module
 */
import { RestError } from '@hybridge/service';
import { ManagementError, type ManagementErrorCode } from '../model/management-error.js';

/** Something that Azure has and this relay does not. */
export function notSupported(what: string, target?: string): RestError {
  return new RestError(400, 'NotSupported', `${what} is not supported by this relay.`, { target });
}

/** Makes a refusal of whatever was thrown. What is unexpected keeps its words to itself: they may say too much. */
export function restErrorOf(error: unknown): RestError {
  if (error instanceof RestError) return error;
  if (isManagementError(error)) {
    const { status, code } = ANSWERS[error.code];
    return new RestError(status, code, sentence(error.message), { target: error.target, cause: error });
  }
  return new RestError(500, 'InternalServerError', 'The relay failed to do this.', { cause: error });
}

const ANSWERS: Readonly<Record<ManagementErrorCode, { readonly status: number; readonly code: string }>> = {
  ERR_RELAY_NOT_FOUND: { status: 404, code: 'ResourceNotFound' },
  ERR_RELAY_CONFLICT: { status: 409, code: 'Conflict' },
  ERR_RELAY_INVALID: { status: 400, code: 'BadRequest' },
  ERR_RELAY_QUOTA: { status: 403, code: 'QuotaExceeded' },
  ERR_RELAY_STORE: { status: 503, code: 'StoreUnavailable' },
};

/** By its code: two copies of a package may meet. */
function isManagementError(error: unknown): error is ManagementError {
  return (
    error instanceof ManagementError ||
    (error instanceof Error && error.name === 'ManagementError' && (error as ManagementError).code in ANSWERS)
  );
}

function sentence(message: string): string {
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
