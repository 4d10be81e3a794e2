/**
 * Whether a shared access signature opens a hybrid connection, for listening or for sending.
 *
 * Pure: rules and clock are given. Other kinds of token, and the choice between them, are in `authorizer.ts`. Each way of failing has its own refusal, but an unknown policy and a wrong key have
 * the same, so that nobody can ask which policies there are.
 *
 * Source: docs/protocol.md, section 5.3 (evaluation), whose steps are numbered below.
 * @module
 */
import { type Refusal, refusals, stripRelayQuery } from '@hybridge/protocol';
import { SasError, type SharedAccessToken } from '@hybridge/sas';
import type { Right } from '../config/options.js';
import {
  type AuthorizationRule,
  type HybridConnection,
  hostKey,
  type KeySlot,
} from '../directory/directory.js';
import { type Opening, VerifiedTokens } from './verified-tokens.js';

/** The right that something takes. `Any` is for what everybody with a good token may see. */
export type Claim = 'Listen' | 'Send' | 'Any';

/** What is asked, and by what right. */
export interface AuthorizationRequest {
  readonly hybridConnection: HybridConnection;
  /** `Host` of the request. Tokens may be made out to it when it leads to the namespace. */
  readonly host: string;
  /** Decoded path of the request: hybrid connection and suffix. */
  readonly path: string;
  /** The application's query, with its `?`, or empty. */
  readonly appQuery: string;
  readonly claim: Claim;
  readonly token: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long after its expiry a token still counts, in milliseconds. */
  readonly graceMs: number;
}

/** By what right somebody is let in. */
export type Grant = PolicyGrant | IdentityGrant;

/** The token was signed with a key of a shared access policy. */
export interface PolicyGrant {
  readonly type: 'policy';
  readonly rule: AuthorizationRule;
  /** Which of the rule's two keys signed the token. */
  readonly key: KeySlot;
  readonly expiresAt: Date;
}

/** The token came from an issuer of identities. */
export interface IdentityGrant {
  readonly type: 'identity';
  /** Who it is, in the issuer's words. */
  readonly subject: string;
  readonly issuer: string;
  readonly expiresAt: Date;
}

/** Who was let in, for logs and lists: the name of the policy, or the subject. */
export function granteeOf(grant: Grant): string {
  return grant.type === 'policy' ? grant.rule.name : grant.subject;
}

/** By which key of a policy somebody was let in; `undefined`: by none. */
export function keyOf(grant: Grant): KeySlot | undefined {
  return grant.type === 'policy' ? grant.key : undefined;
}

/** Azure Relay's word for being turned away, as far as tokens go. Source: docs/protocol.md, section 9.3. */
export function operationOf({ status, code }: Refusal): string {
  if (status === 401) return 'InvalidSasToken';
  return code === 'Forbidden' ? 'AuthorizationFailed' : 'ProcessingRequestFailed';
}

/** Who it was and by which key, for events. `undefined`: no token was needed. */
export function rightOf(grant: Grant | undefined): {
  readonly policy: string | undefined;
  readonly key: KeySlot | undefined;
} {
  if (grant === undefined) return { policy: undefined, key: undefined };
  return { policy: granteeOf(grant), key: keyOf(grant) };
}

/** Whether two grants are of one policy or of one identity. */
export function isSameGrantee(one: Grant, other: Grant): boolean {
  if (one.type === 'policy') return other.type === 'policy' && one.rule === other.rule;
  return other.type === 'identity' && one.issuer === other.issuer && one.subject === other.subject;
}

/** Whether rights include what is claimed. */
export function includesClaim(rights: readonly Right[], claim: Claim): boolean {
  if (claim === 'Any') return rights.length > 0;
  return rights.includes(claim) || rights.includes('Manage');
}

/** The answer. */
export type Authorization =
  | { readonly granted: true; readonly grant: Grant }
  | { readonly granted: false; readonly refusal: Refusal };

/**
 * Decides. Never throws.
 * @param tokens - those that were found good before
 */
export function authorize(request: AuthorizationRequest, tokens = new VerifiedTokens()): Authorization {
  const { name } = request.hybridConnection;
  if (request.token === undefined) return refuse(refusals.missingToken(name));

  const known = tokens.opening(request.token);
  if (known !== undefined && isStillSo(known, request)) return decide(known.grant, request); // 1 to 5

  const token = readToken(request.token, tokens); // 1
  if (token === undefined) return refuse(refusals.malformedToken(name));
  if (!isAudience(token.audience, request)) return refuse(refusals.invalidAudience(name)); // 2, 3
  const isSigned = (key: string) => tokens.isSigned(request.token!, token, key);
  const signed = findSigner(token, request.hybridConnection, isSigned); // 4, 5
  if (signed === undefined) return refuse(refusals.invalidSignature(name));
  const grant = { type: 'policy', ...signed, expiresAt: token.expiresAt } as const;
  if (isForAllOf(token.audience, request)) {
    tokens.opens(request.token, { hybridConnection: request.hybridConnection, host: request.host, grant });
  }
  return decide(grant, request);
}

/** Steps 6 and 7, which time and the administrator may change. */
function decide(
  grant: PolicyGrant,
  { hybridConnection, now, graceMs, claim }: AuthorizationRequest,
): Authorization {
  const { name } = hybridConnection;
  if (now > grant.expiresAt.getTime() + graceMs) return refuse(refusals.expiredToken(name)); // 6
  if (!includesClaim(grant.rule.rights, claim)) return refuse(refusals.forbidden(claim, name)); // 7
  return { granted: true, grant };
}

/** Whether a token was made out to all of a hybrid connection: then it need not be compared with each path below. */
function isForAllOf(audience: string, request: AuthorizationRequest): boolean {
  return isAudience(audience, { ...request, path: request.hybridConnection.name, appQuery: '' });
}

/** Whether what was found before is asked again, and the key is where it was. */
function isStillSo({ hybridConnection, host, grant, key }: Opening, request: AuthorizationRequest): boolean {
  if (request.hybridConnection !== hybridConnection || request.host !== host) return false;
  const { rule } = grant;
  const { authorizationRules, namespace } = hybridConnection;
  // Of two policies of one name it is not asked which: that is for the steps themselves.
  const named = authorizationRules.get(rule.name) ?? namespace.authorizationRules.get(rule.name);
  return named === rule && (grant.key === 'primary' ? rule.primaryKey : rule.secondaryKey) === key;
}

function refuse(refusal: Refusal): Authorization {
  return { granted: false, refusal };
}

function readToken(text: string, tokens: VerifiedTokens): SharedAccessToken | undefined {
  try {
    return tokens.read(text);
  } catch (error) {
    if (error instanceof SasError) return undefined;
    throw error;
  }
}

/** Steps 2 and 3: the host is the namespace's, and the path leads to the request or to a parent of it. */
function isAudience(audience: string, request: AuthorizationRequest): boolean {
  const parts = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)(\?[^#]*)?/i.exec(audience);
  if (parts === null) return false;
  const [, authority = '', path = '', query = ''] = parts;
  const host = hostKey(authority);
  if (host !== hostKey(request.host) && !request.hybridConnection.namespace.hosts.includes(host))
    return false;

  const signed = segmentsOf(decoded(path));
  if (signed[0] === '$hc') signed.shift();
  const asked = segmentsOf(request.path);
  if (!signed.every((segment, index) => segment === asked[index])) return false;
  // Some clients sign the address with its query. It must then be the request's.
  const signedQuery = stripRelayQuery(query);
  return signedQuery === '' || signedQuery === request.appQuery;
}

function segmentsOf(path: string): string[] {
  return path
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A broken escape: then the text stands for itself, as it does in the names of some clients.
    return path;
  }
}

/**
 * Steps 4 and 5: the policy is looked for on the hybrid connection, then on the namespace, by its name as it stands
 * (some clients do not encode it), then decoded. Where both levels have one of that name, either may have signed.
 */
function findSigner(
  token: SharedAccessToken,
  { authorizationRules, namespace }: HybridConnection,
  isSigned: (key: string) => boolean,
): Pick<PolicyGrant, 'rule' | 'key'> | undefined {
  for (const rules of [authorizationRules, namespace.authorizationRules]) {
    for (const name of new Set([token.keyName, token.keyNameDecoded])) {
      const rule = rules.get(name);
      if (rule === undefined) continue;
      if (isSigned(rule.primaryKey)) return { rule, key: 'primary' };
      if (isSigned(rule.secondaryKey)) return { rule, key: 'secondary' };
    }
  }
  return undefined;
}
