/**
 * What is wrong with a manager's configuration, said in one line.
 * @module
 */

/** The only code of a {@link ManagerConfigError}; match on it rather than on the class or the message. */
export type ManagerConfigErrorCode = 'ERR_MANAGER_CONFIG';

/**
 * The configuration cannot be used as it stands.
 *
 * The message is one line, says where in the file the fault is, and never holds a key.
 */
export class ManagerConfigError extends Error {
  override readonly name = 'ManagerConfigError';
  readonly code: ManagerConfigErrorCode = 'ERR_MANAGER_CONFIG';
}

/**
 * Runs a step, and puts the place in the settings before whatever it complains about.
 * @throws ManagerConfigError
 */
export function at<T>(place: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!/^ERR_(?:MANAGER_CONFIG$|RELAY_ARGUMENT$|SECRET$|SAS_)/.test(code ?? '')) throw error;
    throw new ManagerConfigError(`${place}: ${message}`, { cause: error });
  }
}
