/**
 * Why a request of the page's failed.
 * @module
 */

/** What the server said, or that it said nothing. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The server's word for it, such as `QuotaExceeded`. */
  readonly code: string;
  /** The member at fault, where it names one. */
  readonly target: string | undefined;
  /** Seconds to wait, where it says so. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    { target, retryAfter, ...options }: ErrorOptions & { target?: string; retryAfter?: number } = {},
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.target = target;
    this.retryAfter = retryAfter;
  }
}

/** Turns an answer that is no success into an error. @param body - its text, in ARM's form if all is well */
export function apiErrorOf(status: number, body: string, retryAfter: string | null): ApiError {
  const seconds = Number(retryAfter ?? Number.NaN);
  const wait = Number.isFinite(seconds) ? { retryAfter: seconds } : {};
  try {
    const { error } = JSON.parse(body) as { error: { code: string; message: string; target?: string } };
    const target = typeof error.target === 'string' ? { target: error.target } : {};
    return new ApiError(status, String(error.code), String(error.message), { ...target, ...wait });
  } catch (cause) {
    return new ApiError(status, 'Unknown', `The server answered with status ${status}.`, { cause, ...wait });
  }
}

/** What to show for anything caught. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError && error.status === 429) {
    const wait = error.retryAfter === undefined ? 'a while' : `${error.retryAfter} s`;
    return `Too many requests. Wait ${wait} and try again.`;
  }
  return error instanceof Error ? error.message : String(error);
}
