/**
 * What this package throws, and nothing else does it throw.
 *
 * A message names the field or argument at fault and never repeats its text: the text may be a secret.
 * @module
 */

/** Stable names for what went wrong. Match on these, never on the message. */
export type SasErrorCode = 'ERR_SAS_MALFORMED_TOKEN' | 'ERR_SAS_CONNECTION_STRING' | 'ERR_SAS_ARGUMENT';

/** A token, a connection string or an argument that cannot be used. */
export class SasError extends Error {
  override readonly name = 'SasError';
  /** Which of the three it was. */
  readonly code: SasErrorCode;

  constructor(code: SasErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
