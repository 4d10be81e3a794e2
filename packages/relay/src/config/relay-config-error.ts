/**
 * What is thrown when a relay cannot be set up as told.
 * @module
 */

/** The only code of {@link RelayConfigError}. */
export type RelayConfigErrorCode = 'ERR_RELAY_CONFIG';

/**
 * A configuration, or an option, that cannot be used.
 *
 * The message is one line and names the place (`namespaces[0].name`), never the value of a key.
 */
export class RelayConfigError extends Error {
  override readonly name = 'RelayConfigError';
  readonly code: RelayConfigErrorCode = 'ERR_RELAY_CONFIG';

  constructor(message: string, options: ErrorOptions = {}) {
    super(message.replace(/\s*\n\s*/g, ' '), options);
  }
}
