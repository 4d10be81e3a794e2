/**
 * Whether a token, of whatever kind, opens a hybrid connection.
 *
 * Tells the kinds apart by their form: a shared access signature is checked here and now, a JSON Web Token by the
 * verifier that the relay was given. Without one such tokens are refused like anything else that is no token.
 *
 * Source: docs/protocol.md, section 1.5 (forms of tokens).
 * @module
 */
import { type Refusal, refusals } from '@hybridge/protocol';
import type { Logger } from '../logger.js';
import { type Authorization, type AuthorizationRequest, authorize, includesClaim } from './authorize.js';
import type { TokenVerdict, TokenVerifier } from './token-verifier.js';
import { VerifiedTokens } from './verified-tokens.js';

/** What an authorizer works with. */
export interface AuthorizerOptions {
  readonly verifier: TokenVerifier | undefined;
  /** How long after its expiry a shared access signature still counts, in milliseconds. */
  readonly graceMs: number;
  readonly now: () => number;
  readonly logger: Logger;
}

/** What is asked. */
export type AuthorizationQuestion = Omit<AuthorizationRequest, 'now' | 'graceMs'>;

/** Decides who is let in. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new VerifiedTokens();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Decides: at once, where the token says all. Never throws, never rejects. */
  authorize(question: AuthorizationQuestion): Authorization | Promise<Authorization> {
    const { verifier, graceMs, now } = this.#options;
    const token = question.token === undefined ? undefined : withoutScheme(question.token);
    if (verifier !== undefined && token !== undefined && JSON_WEB_TOKEN.test(token)) {
      return this.#verify(verifier, token, question);
    }
    const { hybridConnection, host, path, appQuery, claim } = question;
    // Member by member: to copy all of an object costs ten times as much, and this is done for each request.
    const request = { hybridConnection, host, path, appQuery, claim, token, now: now(), graceMs };
    return authorize(request, this.#tokens);
  }

  async #verify(
    verifier: TokenVerifier,
    token: string,
    { hybridConnection, claim }: AuthorizationQuestion,
  ): Promise<Authorization> {
    const { name, namespace } = hybridConnection;
    let verdict: TokenVerdict;
    try {
      verdict = await verifier.verify(token, { namespace: namespace.name, hybridConnection: name });
    } catch (cause) {
      verdict = { verified: false, because: 'unavailable', cause };
    }
    if (!verdict.verified) {
      const { because, cause } = verdict;
      if (because === 'unavailable')
        this.#options.logger.error('A token could not be checked', { error: cause });
      return { granted: false, refusal: REFUSALS[because](name) };
    }
    const { rights, subject, issuer, expiresAt } = verdict;
    if (!includesClaim(rights, claim)) return { granted: false, refusal: refusals.forbidden(claim, name) };
    return { granted: true, grant: { type: 'identity', subject, issuer, expiresAt } };
  }
}

/** Three parts in base64url, of which the first begins with `{"`. RFC 7515, section 7.1. */
const JSON_WEB_TOKEN = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

const REFUSALS = {
  malformed: refusals.malformedToken,
  signature: refusals.invalidSignature,
  audience: refusals.invalidAudience,
  expired: refusals.expiredToken,
  unavailable: () => refusals.busy('the token cannot be checked now'),
} as const satisfies Record<string, (name: string) => Refusal>;

/** Most clients send a token bare, wherever they put it; some with the word that belongs to `Authorization`. */
function withoutScheme(token: string): string {
  return token.replace(/^Bearer +/i, '');
}
