/**
 * Shared access signature tokens: make, read, verify.
 *
 * `SharedAccessSignature sr={uri}&sig={mac}&se={unix seconds}&skn={rule name}`. Reading is lenient where
 * Microsoft's clients differ, and exact where the MAC depends on it: `sr` and `se` are kept as they stand.
 * Whether a token is expired, and what it opens, is for the one who has a clock and the rules.
 *
 * Source: docs/protocol.md, sections 5.1 (grammar) and 5.2 (what each client sends).
 * @module
 */
import { fromBase64, toBase64 } from './base64.js';
import { SasError } from './errors.js';
import { equalBytes, sign } from './keys.js';
import { decodeForm, decodePercent, encodeValue } from './percent-encoding.js';

/** What a token is made of. */
export interface TokenOptions {
  /** The URI the token opens, not encoded. `audienceOf` makes the one that every relay accepts. */
  readonly resource: string;
  /** Name of the shared access policy. At most 256 characters. */
  readonly keyName: string;
  /** One of the policy's keys, as text. At most 256 characters. */
  readonly key: string;
  /**
   * How long the token is good for, in seconds.
   * @defaultValue 3600, what Microsoft's clients ask for
   */
  readonly ttlSeconds?: number;
  /**
   * The clock, in milliseconds since 1970.
   * @defaultValue `Date.now`
   */
  readonly now?: () => number;
}

/** A token that was read. Nothing in it is proven before {@link verifyToken}. */
export interface SharedAccessToken {
  /** `sr` as it stands in the token, encoded: what was signed. */
  readonly resource: string;
  /** `sr` decoded once: the URI the token wants to open. */
  readonly audience: string;
  /** The MAC as base64 text. Not checked to be any. */
  readonly signature: string;
  /** `se` as it stands in the token, digits: what was signed. */
  readonly expiry: string;
  /** `se` as a time. */
  readonly expiresAt: Date;
  /** `skn` as it stands. Some clients do not encode it: look a rule up by this name first, */
  readonly keyName: string;
  /** then by this one: `skn` decoded as a form field, or as it stands where it cannot be decoded. */
  readonly keyNameDecoded: string;
}

const DEFAULTS = { ttlSeconds: 3600, now: () => Date.now() } as const;

/** Longest rule name and longest key that Microsoft's clients take. Source: docs/protocol.md, section 5.1. */
export const MAX_NAME_CHARS = 256;

/** The last second that a `Date` can hold. A later `se` is no time. */
const MAX_UNIX_SECONDS = 8_640_000_000_000;

/**
 * Makes a token: fields in the order, and so encoded, that the strictest reader (.NET) takes it.
 * @throws SasError `ERR_SAS_ARGUMENT`
 */
export function createToken(options: TokenOptions): string {
  const { resource, keyName, key } = options;
  const { ttlSeconds = DEFAULTS.ttlSeconds, now = DEFAULTS.now } = options;
  requireText('resource', resource, Number.POSITIVE_INFINITY);
  requireText('keyName', keyName, MAX_NAME_CHARS);
  requireText('key', key, MAX_NAME_CHARS);
  const seconds = Math.floor(now() / 1000) + Math.ceil(ttlSeconds);
  if (!(ttlSeconds > 0 && seconds >= 0 && seconds <= MAX_UNIX_SECONDS)) {
    throw new SasError('ERR_SAS_ARGUMENT', 'ttlSeconds must be above 0, and end at a time that can be told');
  }
  const sr = encodeValue(resource, 'resource');
  const signature = encodeValue(toBase64(sign(sr, String(seconds), key)), 'signature');
  return `SharedAccessSignature sr=${sr}&sig=${signature}&se=${seconds}&skn=${encodeValue(keyName, 'keyName')}`;
}

/**
 * Reads a token. Surrounding white space, the case of its names and the order of its fields do not matter;
 * fields it does not know are left out.
 * @throws SasError `ERR_SAS_MALFORMED_TOKEN`, and nothing else.
 */
export function parseToken(text: string): SharedAccessToken {
  const fields = fieldsOf(text);
  const resource = required(fields, 'sr');
  const signature = required(fields, 'sig');
  const expiry = required(fields, 'se');
  const keyName = required(fields, 'skn');

  const audience = decodeForm(resource);
  if (audience === undefined) throw malformed('sr is not percent-encoded');
  const mac = decodePercent(signature);
  if (mac === undefined) throw malformed('sig is not percent-encoded');
  if (!/^\d+$/.test(expiry) || Number(expiry) > MAX_UNIX_SECONDS)
    throw malformed('se is not a time in seconds');

  return {
    resource,
    audience,
    // Base64 has no space: one can only be a plus that somebody decoded as a form field.
    signature: mac.replaceAll(' ', '+'),
    expiry,
    expiresAt: new Date(Number(expiry) * 1000),
    keyName,
    keyNameDecoded: decodeForm(keyName) ?? keyName,
  };
}

/**
 * Whether the token was signed with this key. The MAC only: expiry, audience and rights are the caller's to check.
 * Takes the same time for every wrong signature.
 */
export function verifyToken(token: SharedAccessToken, key: string): boolean {
  const claimed = fromBase64(token.signature) ?? new Uint8Array();
  return equalBytes(sign(token.resource, token.expiry, key), claimed);
}

/** The fields by their lower-case names, values as they stand. */
function fieldsOf(text: string): Map<string, string> {
  if (typeof text !== 'string') throw malformed('it is not a text');
  // Only the first run of white space separates: a rule name may hold more of it.
  const match = /^SharedAccessSignature\s+(.*)$/is.exec(text.trim());
  if (match?.[1] === undefined) throw malformed('it does not begin with "SharedAccessSignature "');
  const fields = new Map<string, string>();
  for (const pair of match[1].split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 0) throw malformed('a field has no "="');
    const name = pair.slice(0, equals).toLowerCase();
    if (fields.has(name)) throw malformed('a field is there twice');
    fields.set(name, pair.slice(equals + 1));
  }
  return fields;
}

function required(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name);
  if (value === undefined || value === '') throw malformed(`${name} is missing`);
  return value;
}

function requireText(name: string, value: unknown, maxChars: number): void {
  if (typeof value !== 'string' || value === '' || value.length > maxChars) {
    const limit = Number.isFinite(maxChars) ? ` of 1 to ${maxChars} characters` : ' that is not empty';
    throw new SasError('ERR_SAS_ARGUMENT', `${name} must be a text${limit}`);
  }
}

function malformed(why: string): SasError {
  return new SasError('ERR_SAS_MALFORMED_TOKEN', `The shared access signature cannot be read: ${why}`);
}
