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
