/**
 * How values stand in a token: percent-encoded, by encoders that do not agree with each other.
 *
 * Source: docs/protocol.md, sections 5.1 and 5.2.
 * @module
 */
import { SasError } from './errors.js';

/**
 * Encodes a value so that every decoder reads it back, those of forms (`+` is a space) and those of URLs alike.
 * @throws SasError `ERR_SAS_ARGUMENT` when the text has half of a surrogate pair, which no URL can carry.
 */
export function encodeValue(text: string, argument: string): string {
  try {
    // .NET and hyco both write the apostrophe as %27.
    return encodeURIComponent(text).replaceAll("'", '%27');
  } catch (cause) {
    throw new SasError('ERR_SAS_ARGUMENT', `${argument} is not well-formed Unicode`, { cause });
  }
}

/** Decodes once, `+` being a space. `undefined` when an escape is broken. */
export function decodeForm(text: string): string | undefined {
  return decodePercent(text.replaceAll('+', ' '));
}

/** Decodes once, `+` being itself. `undefined` when an escape is broken. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // The one failure it has: URIError, for an escape that is cut short or not UTF-8.
    return undefined;
  }
}
