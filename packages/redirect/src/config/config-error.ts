/**
 * What is wrong with a configuration, said in one line.
 * @module
 */

/** The only code of a {@link RedirectConfigError}; match on it rather than on the class or the message. */
export type RedirectConfigErrorCode = 'ERR_REDIRECT_CONFIG';

/**
 * The configuration cannot be used as it stands.
 *
 * The message is one line, says where the fault is and what would be right, and never holds a key.
 */
export class RedirectConfigError extends Error {
  override readonly name = 'RedirectConfigError';
  readonly code: RedirectConfigErrorCode = 'ERR_REDIRECT_CONFIG';
}

/**
 * Runs a step, and puts the place in the configuration before whatever it complains about.
 * @throws RedirectConfigError
 */
export function at<T>(place: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isOurs = /^ERR_(?:REDIRECT_CONFIG$|SECRET$|RELAY_ARGUMENT$|SAS_)/.test(code ?? '');
    if (!isOurs && !(error instanceof RangeError)) throw error;
    throw new RedirectConfigError(`${place}: ${message}`, { cause: error });
  }
}
