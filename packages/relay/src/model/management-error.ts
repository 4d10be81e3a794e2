/**
 * Why a change was refused.
 * @module
 */

/** Stable names. Match on these, never on the message. */
export type ManagementErrorCode =
  /** There is no such thing. */
  | 'ERR_RELAY_NOT_FOUND'
  /** It is in use, exists already with something that cannot change, or somebody else has just changed it. */
  | 'ERR_RELAY_CONFLICT'
  /** A name or a value cannot be used. */
  | 'ERR_RELAY_INVALID'
  /** A limit is reached: of a namespace, a plan, or of policies. */
  | 'ERR_RELAY_QUOTA'
  /** The change could not be kept: nothing is changed. */
  | 'ERR_RELAY_STORE';

/** A change that was refused. The model is what it was. */
export class ManagementError extends Error {
  override readonly name = 'ManagementError';
  readonly code: ManagementErrorCode;
  /** The member at fault, such as `properties.port`, where there is one. */
  readonly target: string | undefined;

  constructor(
    code: ManagementErrorCode,
    message: string,
    options: ErrorOptions & { readonly target?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.target = options.target;
  }
}
