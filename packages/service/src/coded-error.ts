/**
 * What the errors of programs have in common: a stable code beside the words.
 * @module
 */

/** An error with one code of a closed set. Match on the code, never on the message. */
export abstract class CodedError<Code extends string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
