/**
 * Remembers tokens that were found good, so that a sender of a thousand requests has its signature checked once.
 *
 * What is remembered is what cannot change: what a token says, and with which key it was signed. Whether that key still
 * is one of a policy, whether the token is over, and what it opens is asked each time anew. Only good tokens are
 * remembered, so nobody without a key can crowd them out.
 * @module
 */
import { parseToken, type SharedAccessToken, verifyToken } from '@hybridge/sas';

/** Some 600 bytes each. When there are more the oldest is forgotten, and checked again when it comes again. */
const MAX_TOKENS = 2_000;

interface Remembered {
  readonly token: SharedAccessToken;
  readonly key: string;
}

/** Tokens, by their text. */
export class VerifiedTokens {
  readonly #tokens = new Map<string, Remembered>();

  /** Reads a token. @throws SasError when it is none. */
  read(text: string): SharedAccessToken {
    return this.#tokens.get(text)?.token ?? parseToken(text);
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
