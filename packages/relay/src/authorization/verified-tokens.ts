/**
 * Remembers tokens that were found good, so that a sender of a thousand requests has its signature checked once.
 *
 * What is remembered is what cannot change: what a token says, with which key it was signed, and, for the one of which it
 * was asked last, that what it says leads to a hybrid connection. Whether that key still is the policy's, whether the
 * policy still gives the right, and whether the token is over is asked each time anew. Only good tokens are
 * remembered, so nobody without a key can crowd them out.
 * @module
 */
import { parseToken, type SharedAccessToken, verifyToken } from '@hybridge/sas';
import type { HybridConnection } from '../directory/directory.js';
import type { PolicyGrant } from './authorize.js';

/** Some 600 bytes each. When there are more the oldest is forgotten, and checked again when it comes again. */
const MAX_TOKENS = 2_000;

interface Remembered {
  readonly token: SharedAccessToken;
  readonly key: string;
  opens?: Opening;
}

/** That a token opens all of a hybrid connection, as long as its key is what it was. */
export interface Opening {
  readonly hybridConnection: HybridConnection;
  /** `Host` of the request that was let in. */
  readonly host: string;
  readonly grant: PolicyGrant;
  /** The key that signed the token. */
  readonly key: string;
}

/** Tokens, by their text. */
export class VerifiedTokens {
  readonly #tokens = new Map<string, Remembered>();

  /** Reads a token. @throws SasError when it is none. */
  read(text: string): SharedAccessToken {
    return this.#tokens.get(text)?.token ?? parseToken(text);
  }

  /** What a token was last seen to open. */
  opening(text: string): Opening | undefined {
    return this.#tokens.get(text)?.opens;
  }

  /** Remembers what a token opens, if the token is remembered. */
  opens(text: string, opening: Omit<Opening, 'key'>): void {
    const remembered = this.#tokens.get(text);
    if (remembered !== undefined) remembered.opens = { ...opening, key: remembered.key };
  }

  /** Whether a token was signed with a key. */
  isSigned(text: string, token: SharedAccessToken, key: string): boolean {
    if (this.#tokens.get(text)?.key === key) return true;
    if (!verifyToken(token, key)) return false;
    this.#tokens.set(text, { token, key });
    if (this.#tokens.size > MAX_TOKENS) {
      for (const oldest of this.#tokens.keys()) {
        this.#tokens.delete(oldest);
        break;
      }
    }
    return true;
  }
}
