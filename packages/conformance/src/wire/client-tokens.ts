/**
 * Tokens as each client writes them: what it signs, how it encodes it, in which order.
 *
 * Made with nothing but HMAC, apart from the project's own package.
 * Source: docs/protocol.md, sections 5.1 and 5.2.
 * @module
 */
import { createHmac } from 'node:crypto';
import type { Credential } from '../relay-suite/subjects.js';

/** The hybrid connection that a token is for. */
export interface Audience {
  /** `contoso.servicebus.windows.net`, in the spelling that the application gave. */
  readonly host: string;
  readonly entity: string;
}

/** Seconds since 1970 until which a token counts. */
export type Expiry = number;

interface Form {
  /** What stands behind `sr=`. */
  readonly resource: (audience: Audience) => string;
  /** What stands behind `skn=`. */
  readonly keyName: (name: string) => string;
  /** What stands behind `sig=`. */
  readonly signature?: (base64: string) => string;
  /** Where it differs from sr, sig, se, skn. */
  readonly order?: readonly ('sr' | 'sig' | 'se' | 'skn')[];
}

/** `WebUtility.UrlEncode` and `URLEncoder`: a space is a plus. */
const form = (text: string) => encodeURIComponent(text).replace(/%20/g, '+');
const lowerHex = (text: string) => text.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());

const FORMS = {
  'hyco-ws': {
    resource: ({ host, entity }) => encodeURIComponent(`http://${host.toLowerCase()}:443/${entity}`),
    keyName: (name) => name,
  },
  'hyco-https': {
    // url.format() with the port removed keeps `host`, in which it still stands.
    resource: ({ host, entity }) => encodeURIComponent(`http://${host.toLowerCase()}:443/${entity}`),
    keyName: (name) => name,
  },
  'hyco-websocket': {
    resource: ({ host }) => encodeURIComponent(`http://${host.toLowerCase()}`),
    keyName: (name) => name,
  },
  '.NET': {
    resource: ({ host, entity }) => form(`http://${host.toLowerCase()}/${entity}/`),
    keyName: form,
    signature: form,
  },
  'Java listener': { resource: ({ host, entity }) => form(`sb://${host}/${entity}`), keyName: form },
  'Java sender': { resource: ({ host }) => form(`sb://${host}`), keyName: form },
  Python: {
    resource: ({ host, entity }) => form(`http://${host}/${entity}`.toLowerCase()),
    keyName: form,
    order: ['sr', 'sig', 'se', 'skn'],
  },
  Go: {
    resource: ({ host, entity }) => lowerHex(form(`https://${host}/${entity}`)).toLowerCase(),
    keyName: form,
    order: ['sr', 'sig', 'se', 'skn'],
  },
  aztunnel: {
    resource: ({ host, entity }) => form(`https://${host}/${entity}`.toLowerCase()),
    keyName: form,
    order: ['sig', 'se', 'skn', 'sr'],
  },
  'documentation snippet': {
    resource: ({ host, entity }) => lowerHex(encodeURIComponent(`http://${host}/${entity}/`)),
    keyName: (name) => name,
    order: ['sr', 'sig', 'se', 'skn'],
  },
  // Python's quote() leaves the slashes of the signature as they are.
  'Python sample': {
    resource: ({ host, entity }) => encodeURIComponent(`sb://${host}/${entity}`),
    keyName: (name) => name,
    signature: (base64) => encodeURIComponent(base64).replaceAll('%2F', '/'),
  },
} satisfies Record<string, Form>;

/** Whose token it is. */
export type TokenForm = keyof typeof FORMS;

/** All of them. */
export const tokenForms = Object.keys(FORMS) as TokenForm[];

/** A token. @param expiry - {@link inAnHour}, unless it is to be another. */
export function clientToken(
  client: TokenForm,
  audience: Audience,
  { keyName, key }: Credential,
  expiry: Expiry = inAnHour(),
): string {
  const { resource, keyName: encodeName, signature = encodeURIComponent, order }: Form = FORMS[client];
  const sr = resource(audience);
  const sig = signature(createHmac('sha256', key).update(`${sr}\n${expiry}`).digest('base64'));
  const values = { sr, sig, se: String(expiry), skn: encodeName(keyName) };
  const pairs = (order ?? ['sr', 'sig', 'se', 'skn']).map((name) => `${name}=${values[name]}`);
  return `SharedAccessSignature ${pairs.join('&')}`;
}

/** An hour from now. */
export function inAnHour(): Expiry {
  return Math.floor(Date.now() / 1000) + 3600;
}
