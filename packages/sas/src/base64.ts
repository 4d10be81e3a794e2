/**
 * Base64 (RFC 4648, section 4) with what every runtime has: `btoa` and `atob`.
 * @module
 */

const PATTERN = /^[A-Za-z0-9+/]*={0,2}$/;

/** Bytes as padded base64 text. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** The bytes of padded base64 text, or `undefined` if it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  // atob() skips white space and takes unpadded text; a signature is neither.
  if (text.length % 4 !== 0 || !PATTERN.test(text)) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
