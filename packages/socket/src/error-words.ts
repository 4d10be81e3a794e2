/**
 * What an error has to say, for the message of another one.
 * @module
 */

/** The words of an error. Node puts the failures of several addresses into an error whose own message is empty. */
export function errorWords(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((each) => errorWords(each)).join(', ');
  }
  return error instanceof Error ? error.message : String(error);
}
