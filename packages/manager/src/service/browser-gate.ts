/**
 * Who may ask by the loopback port: pages that have the token in their address, and nobody else on this machine or in this browser.
 *
 * The token comes in a header only, never in a cookie, so the page of another site cannot act in the name of who looks at it. A name
 * of another site that was made to lead to this machine (DNS rebinding) stands in `Host`, and is refused for that.
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { RateLimiter, RestError } from '@hybridge/service';

/** Bad tokens that may come in a second, on average; ten times as many at once. */
const FAILURES_PER_SECOND = 1;

/** Lets in who has the token. */
export class BrowserGate {
  /** Made anew at each start. A secret. */
  readonly token = randomBytes(32).toString('base64url');
  readonly #hash = hashOf(this.token);
  readonly #failures: RateLimiter;
  #names: ReadonlySet<string> = new Set();

  constructor(now: () => number = Date.now) {
    this.#failures = new RateLimiter(FAILURES_PER_SECOND, now);
  }

  /** The port is known now: by these names it can be asked. */
  listensAt(port: number): void {
    this.#names = new Set(['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`));
  }

  /** What holds for pages as well. @throws RestError 421 when it was asked by another name */
  checkHost({ headers }: IncomingMessage): void {
    if (this.#names.has((headers.host ?? '').toLowerCase())) return;
    throw new RestError(
      421,
      'WrongHost',
      'This is asked for as 127.0.0.1 or localhost, with its port, only.',
    );
  }

  /** @throws RestError 401, 403, 421, 429 */
  admit(request: IncomingMessage): void {
    this.checkHost(request);
    const { authorization, origin, 'sec-fetch-site': site } = request.headers;
    const isOwn = origin === undefined || this.#names.has(origin.toLowerCase().replace(/^http:\/\//, ''));
    if (!isOwn || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
      throw new RestError(403, 'ForeignOrigin', 'The page of another site may not ask this.');
    }
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    if (token === undefined)
      throw unauthorized('The token of the address is needed: Authorization: Bearer …');
    // Who has it is let in however many others guess.
    if (timingSafeEqual(hashOf(token), this.#hash)) return;
    if (this.#failures.take('')) {
      throw unauthorized(
        'This token is not good, or not any more: hybridge manager ui prints a new address.',
      );
    }
    throw new RestError(429, 'TooManyRequests', 'Too many bad tokens came: wait a while.', {
      headers: { 'Retry-After': String(Math.ceil(1 / FAILURES_PER_SECOND)) },
    });
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unauthorized(message: string): RestError {
  return new RestError(401, 'AuthenticationFailed', message, { headers: { 'WWW-Authenticate': 'Bearer' } });
}
