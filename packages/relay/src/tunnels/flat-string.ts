/**
 * Strings that are kept for as long as a connection lives.
 * @module
 */

const scratch = Buffer.allocUnsafeSlow(256);

/**
 * The same ASCII text in one piece.
 *
 * A string that was concatenated keeps the strings that it was made of, 29 objects for a UUID, and one that was cut out of
 * another keeps that one. Written to bytes and read again it is one object and keeps none.
 */
export function flat(text: string): string {
  if (text.length > scratch.length) return text;
  return scratch.toString('latin1', 0, scratch.write(text, 'latin1'));
}
