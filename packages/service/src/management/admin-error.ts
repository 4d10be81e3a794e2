/**
 * What goes wrong with a relay's admin port, in words for whoever asked.
 * @module
 */
import { CodedError } from '../coded-error.js';

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
export class AdminError extends CodedError<AdminErrorCode> {
  override readonly name = 'AdminError';
}

/** What whoever asks can do about an address and a token, in the words of where they are given. */
export interface AdminAdvice {
  /** Such as `give --relay`. @defaultValue check the address */
  readonly address: string;
  /** Such as `give --token file:path`. @defaultValue check the token */
  readonly token: string;
}

/** Where nobody says how. */
export const PLAIN_ADVICE: AdminAdvice = { address: 'check the address', token: 'check the token' };

/** Where the relay is, and what to do about it. */
export interface AdminPlace {
  readonly base: string;
  readonly advice: AdminAdvice;
}

/** The failure that an answer tells of. @param text - its body */
export function refusal(
  status: number,
  text: string,
  headers: Headers,
  { base, advice }: AdminPlace,
): AdminError {
  const told = toldIn(text);
  if (status >= 300 && status < 400) {
    const to = shown(headers.get('location') ?? 'another address');
    return new AdminError(
      'ERR_ADMIN_ANSWER',
      `${base} sends to ${to}, and it takes the address itself: ${advice.address}`,
    );
  }
  if (told === undefined) {
    const what = `${base} answers with ${status}, and not as a relay's admin port does: is this the right address?`;
    return new AdminError('ERR_ADMIN_ANSWER', what);
  }
  if (told.code === 'EndpointNotFound') {
    const what = `${base} is a relay's port for senders and listeners, and not its admin port: ${advice.address}`;
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
        `the relay does not take the token: ${message} Its own is in admin.token in its data folder; ${advice.token}`,
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
      const pause = wait === null ? 'Wait a little' : `Wait ${wait} s`;
      return new AdminError('ERR_ADMIN_DENIED', `${message} ${pause}, and check the token`);
    }
    default:
      return new AdminError('ERR_ADMIN_REFUSED', message);
  }
}

/** The failure to get an answer at all. */
export function unreachable(cause: unknown, { base, advice }: AdminPlace): AdminError {
  if (saysItAll(cause)) {
    const message = `cannot reach the relay's admin port ${base}: ${cause.message}`;
    return new AdminError('ERR_ADMIN_UNREACHABLE', message, { cause });
  }
  const { name, code, message } = rootOf(cause);
  const why = name === 'TimeoutError' ? 'no answer in time' : (code ?? message);
  const hint = HINTS[why];
  return new AdminError(
    'ERR_ADMIN_UNREACHABLE',
    `cannot reach the relay's admin port ${base} (${why}): ${hint === undefined ? '' : `${hint}; `}${advice.address}`,
    {
      cause,
    },
  );
}

/** Of a proxy on the way, or of a certificate: words with what to do, which the address has no part in. */
function saysItAll(error: unknown): error is Error {
  return (
    error instanceof Error && ('issuer' in error || (error as { code?: unknown }).code === 'ERR_RELAY_PROXY')
  );
}

/** Characters of a relay's own words. */
const MAX_SHOWN_CHARS = 1_000;

const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'is the relay running? Its ready line has the address of its admin port as "admin"',
  ENOTFOUND: 'there is no such host',
  ECONNRESET: 'does it want https://, or is it the port for senders and listeners?',
};

function toldIn(text: string): { code: string; message: string; target?: string } | undefined {
  try {
    const { code, message, target } = JSON.parse(text).error;
    if (typeof code !== 'string' || typeof message !== 'string') return undefined;
    return { code, message: shown(message), ...(typeof target === 'string' && { target: shown(target) }) };
  } catch {
    return undefined;
  }
}

/** Who answers may be anybody: nothing of it moves a cursor or fills a log. */
function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return line.length > MAX_SHOWN_CHARS ? `${line.slice(0, MAX_SHOWN_CHARS)}…` : line;
}

/** Node's own error, which `fetch` puts below one that says nothing. */
function rootOf(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error ? cause : (error as Error);
}
