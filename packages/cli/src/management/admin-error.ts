/**
 * What goes wrong with a relay's admin port, in words for whoever asked.
 * @module
 */

/**
 * Stable names for it. `…_UNREACHABLE`: no answer; `…_DENIED`: the token is not good, or not good enough;
 * `…_NOT_FOUND`: there is no such thing; `…_INVALID`: what was asked cannot be right; `…_REFUSED`: the relay cannot or
 * will not do it; `…_ANSWER`: it is no relay that answers.
 */
export type AdminErrorCode =
  | 'ERR_ADMIN_UNREACHABLE'
  | 'ERR_ADMIN_DENIED'
  | 'ERR_ADMIN_NOT_FOUND'
  | 'ERR_ADMIN_INVALID'
  | 'ERR_ADMIN_REFUSED'
  | 'ERR_ADMIN_ANSWER';

/** A request to the admin port that failed. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly code: AdminErrorCode;
  constructor(code: AdminErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/** The failure that an answer tells of. @param text - its body */
export function refusal(status: number, text: string, headers: Headers, base: string): AdminError {
  const told = toldIn(text);
  if (status >= 300 && status < 400) {
    const to = headers.get('location') ?? 'another address';
    return new AdminError('ERR_ADMIN_ANSWER', `${base} sends to ${to}: give --relay the address itself`);
  }
  if (told === undefined) {
    const what = `${base} answers with ${status}, and not as a relay's admin port does: is this the right address?`;
    return new AdminError('ERR_ADMIN_ANSWER', what);
  }
  const where = told.target === undefined ? '' : ` (${told.target})`;
  const message = `${told.message}${where}`;
  switch (status) {
    case 400:
    case 413:
      return new AdminError('ERR_ADMIN_INVALID', message);
    case 401:
      return new AdminError(
        'ERR_ADMIN_DENIED',
        `the relay does not take the token: ${message} Its own is in admin.token in its data folder; give --token file:path`,
      );
    case 403:
      // A limit that is reached has the same status, and is nobody's role.
      return told.code === 'AuthorizationFailed'
        ? new AdminError('ERR_ADMIN_DENIED', `this token may not do that: ${message}`)
        : new AdminError('ERR_ADMIN_REFUSED', message);
    case 404:
      return new AdminError('ERR_ADMIN_NOT_FOUND', message);
    case 429: {
      const wait = headers.get('retry-after');
      const advice = wait === null ? 'Wait a little' : `Wait ${wait} s`;
      return new AdminError('ERR_ADMIN_DENIED', `${message} ${advice}, and check the token`);
    }
    default:
      return new AdminError('ERR_ADMIN_REFUSED', message);
  }
}

/** The failure to get an answer at all. */
export function unreachable(cause: unknown, base: string): AdminError {
  const { name, code, message } = rootOf(cause);
  const why = name === 'TimeoutError' ? 'no answer in time' : (code ?? message);
  const advice = ADVICE[why] ?? 'give --relay or set HYBRIDGE_ADMIN_URL';
  return new AdminError(
    'ERR_ADMIN_UNREACHABLE',
    `cannot reach the relay's admin port ${base} (${why}): ${advice}`,
    {
      cause,
    },
  );
}

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'is the relay running? Its ready line has the address of its admin port as "admin"; give --relay or set HYBRIDGE_ADMIN_URL',
  ENOTFOUND: 'no such host; check --relay or HYBRIDGE_ADMIN_URL',
  ECONNRESET: 'does it want https://, or is it the port for senders and listeners?',
};

function toldIn(text: string): { code: string; message: string; target?: string } | undefined {
  try {
    const { error } = JSON.parse(text);
    return typeof error?.code === 'string' && typeof error.message === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

/** Node's own error, which `fetch` puts below one that says nothing. */
function rootOf(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error ? cause : (error as Error);
}
