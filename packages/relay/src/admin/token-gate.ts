/**
 * Who may use the admin port, by bearer tokens: the one of the configuration, and those that were made since.
 *
 * Tokens come in a header only, never in a cookie, so no other site's page can act in the name of whoever looks at it.
 * Hashes are compared, all of them and each in the same time, so the time tells neither how much of a token is right nor
 * whose it is. Addresses from which too many bad ones came have to wait, except for tokens that were good there a while ago: behind
 * a proxy everybody has the same address, and one who guesses must not lock out the others.
 * @module
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { RateLimiter, RestError } from '@hybridge/service';
import type { Principal } from '../management/route.js';
import type { Model, Role } from '../model/model.js';

/** Bad tokens that may come from an address in a second, on average; ten times as many at once. */
const FAILURES_PER_SECOND = 1;
/** How many pairs of address and good token are remembered. */
const MAX_KNOWN = 1_000;
/** Longer ones are none of ours. */
const MAX_TOKEN_CHARS = 4_096;

const RANKS: Readonly<Record<Role, number>> = { reader: 0, operator: 1, owner: 2 };

/** What the gate looks at. */
export interface TokenGateOptions {
  /** The token of the configuration, which is an owner's. */
  readonly token: string;
  readonly model: () => Model;
  readonly now: () => number;
}

/** Lets in who has a token. */
export class TokenGate {
  readonly #options: TokenGateOptions;
  readonly #ownHash: Buffer;
  readonly #failures: RateLimiter;
  /** Address and token's hash. */
  readonly #known = new Set<string>();

  constructor(options: TokenGateOptions) {
    this.#options = options;
    this.#ownHash = hashOf(options.token);
    this.#failures = new RateLimiter(FAILURES_PER_SECOND, options.now);
  }

  /**
   * Whose token this is.
   * @param header - of `Authorization`
   * @throws RestError 401 when it is nobody's, 429 when too many were.
   */
  admit(header: string | undefined, address: string): Principal {
    const [, token] = /^Bearer +(\S+) *$/i.exec(header ?? '') ?? [];
    if (token === undefined || token.length > MAX_TOKEN_CHARS) {
      // Not counted: it is no guess.
      throw unauthorized('A bearer token is needed: Authorization: Bearer …');
    }
    const hash = hashOf(token);
    const known = `${address} ${hash.toString('base64url')}`;
    if (!this.#known.has(known) && !this.#failures.has(address)) throw tooMany();
    const principal = this.#find(hash);
    if (principal === undefined) {
      this.#known.delete(known);
      if (!this.#failures.take(address)) throw tooMany();
      throw unauthorized('This token is not good here: it is wrong, revoked or expired.');
    }
    this.#remember(known);
    return principal;
  }

  /** Whether somebody who was let in still would be. */
  isGood({ id }: Principal): boolean {
    if (id === OWN_ID) return true;
    return this.#options.model().tokens.some((token) => token.id === id && !this.#isOver(token.expiresAt));
  }

  #find(hash: Buffer): Principal | undefined {
    let found = timingSafeEqual(hash, this.#ownHash) ? OWN : undefined;
    for (const { id, name, role, hash: text, expiresAt } of this.#options.model().tokens) {
      const expected = Buffer.from(text, 'base64url');
      const isSame = expected.length === hash.length && timingSafeEqual(hash, expected);
      if (isSame && !this.#isOver(expiresAt)) found ??= { id, name, role, expiresAt };
    }
    return found;
  }

  #isOver(expiresAt: string | undefined): boolean {
    return expiresAt !== undefined && Date.parse(expiresAt) <= this.#options.now();
  }

  #remember(known: string): void {
    this.#known.delete(known);
    this.#known.add(known);
    if (this.#known.size <= MAX_KNOWN) return;
    const [oldest] = this.#known;
    this.#known.delete(oldest!);
  }
}

/** @throws RestError 403 when a role is less than what is needed. */
export function checkRole({ role }: Principal, needed: Role): void {
  if (RANKS[role] >= RANKS[needed]) return;
  throw new RestError(
    403,
    'AuthorizationFailed',
    `This needs a token with the role ${needed}; the role of yours is ${role}.`,
  );
}

/** What is kept of a token. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

const OWN_ID = 'admin';
const OWN: Principal = { id: OWN_ID, name: 'admin token', role: 'owner' };

function unauthorized(message: string): RestError {
  return new RestError(401, 'AuthenticationFailed', message, { headers: { 'WWW-Authenticate': 'Bearer' } });
}

function tooMany(): RestError {
  const seconds = Math.ceil(1 / FAILURES_PER_SECOND);
  return new RestError(429, 'TooManyRequests', 'Too many bad tokens came from this address: wait a while.', {
    headers: { 'Retry-After': String(seconds) },
  });
}
