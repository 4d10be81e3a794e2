/**
 * Keys of shared access policies, and the signatures made with them.
 *
 * Source: docs/protocol.md, sections 5.1 (string-to-sign, key) and 5.3 (size of a key).
 * @module
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64 } from './base64.js';

/** Bytes of randomness in a generated key: those of HMAC-SHA256's output, and what Azure makes. */
const KEY_BYTES = 32;

/** Makes a key for a shared access policy: 32 bytes from the platform's secure generator, as base64 text. */
export function generateKey(): string {
  return toBase64(globalThis.crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
}

/**
 * The raw MAC of a token.
 *
 * @param resource - `sr` exactly as it stands in the token, still encoded
 * @param expiry - `se` exactly as it stands in the token
 * @param key - the key's text. Its UTF-8 bytes are the secret, not what the base64 in it stands for.
 */
export function sign(resource: string, expiry: string, key: string): Uint8Array {
  const utf8 = new TextEncoder();
  return hmac(sha256, utf8.encode(key), utf8.encode(`${resource}\n${expiry}`));
}

/** Compares in a time that depends on the lengths only, so that a guess learns nothing from being nearly right. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
