/**
 * What the relay asks of whoever checks tokens that are no shared access signatures.
 *
 * One implementation is in `jwks-verifier.ts`. Bring another where tokens come from elsewhere.
 *
 * Source: docs/protocol.md, section 1.5 (forms of tokens).
 * @module
 */
import type { Right } from '../config/options.js';

/** Where a token is to count. */
export interface TokenPurpose {
  /** Name of the namespace. */
  readonly namespace: string;
  /** Name of the hybrid connection. */
  readonly hybridConnection: string;
}

/** What a verifier makes of a token. */
export type TokenVerdict =
  | {
      readonly verified: true;
      /** Who it is: for logs, and to tell a listener that comes back from another. */
      readonly subject: string;
      readonly issuer: string;
      readonly expiresAt: Date;
      /** What the token allows there. With none, it is refused with 403. */
      readonly rights: readonly Right[];
    }
  | {
      readonly verified: false;
      /** `unavailable`: it could not be checked now. The client is sent away with 503, and a listener keeps its old token. */
      readonly because: 'malformed' | 'signature' | 'audience' | 'expired' | 'unavailable';
      /** For the log, where it is `unavailable`. */
      readonly cause?: unknown;
    };

/** Checks JSON Web Tokens. */
export interface TokenVerifier {
  /**
   * Checks everything about a token: signature, issuer, audience and time.
   * @param token - the token alone, without `Bearer`; so far only its form is known
   */
  verify(token: string, purpose: TokenPurpose): Promise<TokenVerdict>;
}
