/**
 * Checks JSON Web Tokens against the public keys of one issuer.
 *
 * Only RS256 and ES256 are taken, whatever a token says of itself, so that neither `none` nor a public key used as a
 * shared one gets in. Keys are fetched when a token names one that is not known, at most twice a minute, and again
 * after ten minutes; an answer that is slow, large or no key set changes nothing.
 *
 * Source: docs/protocol.md, section 1.5; RFC 7519, RFC 8725 (best current practices).
 * @module
 */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { JwtOptions, JwtRoleOptions, Right } from '../config/options.js';
import { RelayConfigError } from '../config/relay-config-error.js';
import type { TokenPurpose, TokenVerdict, TokenVerifier } from './token-verifier.js';

const ALGORITHMS = ['RS256', 'ES256'];

/** The grace that Azure's service gives, as for shared access signatures. */
const CLOCK_SKEW_MS = 300_000;

/** An issuer that does not answer by then counts as unavailable, in milliseconds. */
const FETCH_TIMEOUT_MS = 5_000;

/** At least so long between two fetches, in milliseconds: made-up key ids must not become requests. */
const COOLDOWN_MS = 30_000;

/** After that known keys are fetched again, in milliseconds, so that one that the issuer took back stops working. */
const MAX_AGE_MS = 600_000;

/** Longest key set that is read. Entra's, the largest in common use, has some 20 KB. */
const MAX_KEY_SET_BYTES = 262_144;

const DEFAULT_ROLES: Readonly<Record<string, JwtRoleOptions>> = {
  Listen: { rights: ['Listen'] },
  Send: { rights: ['Send'] },
  Manage: { rights: ['Manage'] },
};

/** Verifies the tokens of one issuer. */
export class JwksVerifier implements TokenVerifier {
  readonly #options: JwtOptions;
  readonly #keys: JWTVerifyGetKey;
  readonly #now: () => number;

  /**
   * Opens no connection yet.
   * @throws RelayConfigError when the key set cannot be used.
   */
  constructor(options: JwtOptions, now: () => number = Date.now) {
    this.#options = options;
    this.#keys = keysFrom(options.jwks);
    this.#now = now;
  }

  async verify(token: string, purpose: TokenPurpose): Promise<TokenVerdict> {
    const { issuer, audience, clockSkewMs = CLOCK_SKEW_MS } = this.#options;
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, this.#keys, {
        algorithms: ALGORITHMS,
        issuer,
        audience: typeof audience === 'string' ? audience : [...audience],
        clockTolerance: clockSkewMs / 1_000,
        currentDate: new Date(this.#now()),
        requiredClaims: ['exp'],
      }));
    } catch (error) {
      return { verified: false, because: reasonFor(error), cause: error };
    }
    return {
      verified: true,
      subject: payload.sub ?? 'unknown',
      issuer,
      expiresAt: new Date(payload.exp! * 1_000),
      rights: this.#rightsOf(payload, purpose),
    };
  }

  #rightsOf(payload: JWTPayload, { hybridConnection }: TokenPurpose): Right[] {
    const { rolesClaim = 'roles', roles = DEFAULT_ROLES } = this.#options;
    const name = hybridConnection.toLowerCase();
    return rolesIn(payload[rolesClaim]).flatMap((role) => {
      if (!Object.hasOwn(roles, role)) return [];
      const { rights, hybridConnections } = roles[role]!;
      const counts = hybridConnections?.some((each) => each.toLowerCase() === name) ?? true;
      return counts ? rights : [];
    });
  }
}

function keysFrom(jwks: string | JSONWebKeySet): JWTVerifyGetKey {
  if (typeof jwks !== 'string') {
    try {
      return createLocalJWKSet(jwks);
    } catch (cause) {
      throw new RelayConfigError('options: jwt.jwks is no key set', { cause });
    }
  }
  if (jwks.startsWith('file:')) {
    throw new RelayConfigError(
      'options: jwt.jwks: files are read by loadRelayConfig; give the key set itself',
    );
  }
  return createRemoteJWKSet(new URL(jwks), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: MAX_AGE_MS,
    [customFetch]: fetchWithinBounds,
  });
}

/** Fetches, but no more than a key set can have. */
const fetchWithinBounds: FetchImplementation = async (url, options) => {
  const response = await fetch(url, { ...options, redirect: 'error' });
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > MAX_KEY_SET_BYTES) throw new TypeError('The key set is too long');
    pieces.push(piece);
  }
  return new Response(Buffer.concat(pieces), { status: response.status, headers: response.headers });
};

/** Entra gives a list, OAuth's `scope` a text with spaces. */
function rolesIn(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((role) => role !== '');
  return Array.isArray(claim) ? claim.filter((role) => typeof role === 'string') : [];
}

function reasonFor(error: unknown): Extract<TokenVerdict, { verified: false }>['because'] {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'aud' ? 'audience' : 'signature';
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return 'malformed';
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return 'unavailable';
  // A wrong signature, a key that nobody knows, or an algorithm that is not taken.
  if (error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC') return 'signature';
  // The network, or an answer that is no key set.
  return 'unavailable';
}
