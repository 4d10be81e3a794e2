/**
 * The secrets of rendezvous addresses: 128 random bits each, in base64url.
 *
 * Random bytes are fetched for many at once, since each fetch costs more than all the rest of an address.
 *
 * Source: docs/protocol.md, section 3.2.
 * @module
 */
import { randomFillSync } from 'node:crypto';
import { RENDEZVOUS_SECRET_BYTES } from '@hybridge/protocol';

const pool = Buffer.allocUnsafeSlow(RENDEZVOUS_SECRET_BYTES * 256);
let used = pool.length;

/** Makes a new secret. */
export function newSecret(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += RENDEZVOUS_SECRET_BYTES;
  const secret = pool.subarray(used - RENDEZVOUS_SECRET_BYTES, used);
  const text = secret.toString('base64url');
  // Nothing that was given out is kept here.
  secret.fill(0);
  return text;
}
