/**
 * Reading members of a JSON object that someone else wrote. Every function gives a value or throws one typed error.
 *
 * Source: docs/protocol.md, sections 2.3 to 2.5.
 * @module
 */
import { RelayError } from './errors.js';
import type { ResponseHeaders } from './http-response.js';
import { MAX_CONTROL_MESSAGE_BYTES } from './limits.js';
import { setOwn } from './own-property.js';
import { utf8Length } from './percent.js';

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Headers as one string a name. */
export type Headers = Readonly<Record<string, string>>;

/** Reads a text of at most 64 KiB that is an object with exactly one key. */
export function soleEntry(text: string): readonly [key: string, body: unknown] {
  if (isTooLong(text)) throw broken(`longer than ${MAX_CONTROL_MESSAGE_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // No `cause`: the parser's message quotes the text it stumbled over, which may be a token.
    throw broken('not JSON');
  }
  const keys = isFields(value) ? Object.keys(value) : [];
  const [key] = keys;
  if (key === undefined || keys.length !== 1) throw broken('not an object with exactly one key');
  return [key, (value as Fields)[key]];
}

/** Whether a text is over the limit for control messages. */
export function isTooLong(text: string): boolean {
  if (text.length * 3 <= MAX_CONTROL_MESSAGE_BYTES) return false;
  return text.length > MAX_CONTROL_MESSAGE_BYTES || utf8Length(text) > MAX_CONTROL_MESSAGE_BYTES;
}

/** The value as an object. */
export function fieldsOf(value: unknown, name: string): Fields {
  if (!isFields(value)) throw broken(`${name} is not an object`);
  return value;
}

/** A member that must be a string with something in it. */
export function stringIn(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== 'string' || value === '') throw broken(`${key} is not a string`);
  return value;
}

/** A member that must be a string, perhaps an empty one. */
export function textIn(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== 'string') throw broken(`${key} is not a string`);
  return value;
}

/** A member that may be absent or null, and is a string otherwise. */
export function optionalStringIn(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  return value === undefined || value === null ? undefined : textIn(fields, key);
}

/** A member that must be a WebSocket address; kept as text, since it is to be dialled exactly as given. */
export function webSocketAddressIn(fields: Fields, key: string): string {
  const value = stringIn(fields, key);
  if (!isWebSocketAddress(value)) throw broken(`${key} is not a WebSocket address`);
  return value;
}

/** Where the last good address began: a listener gets thousands from one relay, and only what follows differs. */
let goodBase = 'wss://';

function isWebSocketAddress(value: string): boolean {
  if (goodBase.length > 6 && value.startsWith(goodBase) && SIMPLE_REST.test(value.slice(goodBase.length)))
    return true;
  if (!/^wss?:\/\//i.test(value) || !URL.canParse(value)) return false;
  goodBase = /^[a-z]+:\/\/[^/?#\\]*\//i.exec(value)?.[0] ?? goodBase;
  return true;
}

/** Path and query of characters that a URL may have as they are. */
const SIMPLE_REST = /^[\w$.~/?&=:;,+*!'()%-]*$/;

/** A flag: absent and null mean false. */
export function flagIn(fields: Fields, key: string): boolean {
  const value = fields[key] ?? false;
  if (typeof value !== 'boolean') throw broken(`${key} is not true or false`);
  return value;
}

/** A status of three digits, as a number or, as the documentation's sample has it, a string. */
export function statusIn(fields: Fields, key: string): number {
  const value = fields[key];
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^[1-9]\d\d$/.test(text)) throw broken(`${key} is not a status`);
  return Number(text);
}

/** Headers: absent and null mean none, a list is joined with `, `, numbers and flags become text. */
export function headersIn(fields: Fields, key: string): Headers {
  return mappedHeaders(fields, key, (header) => headerText(header, key));
}

/** Headers, of which some may be lists: `Set-Cookie` cannot be joined. */
export function headerListsIn(fields: Fields, key: string): ResponseHeaders {
  return mappedHeaders(fields, key, (header) =>
    Array.isArray(header) ? header.map((item) => headerText(item, key)) : headerText(header, key),
  );
}

/** Where the other end is; unknown members read as the empty address and port 0. */
export function remoteEndpointIn(
  fields: Fields,
  key: string,
): { readonly address: string; readonly port: number } {
  const value = fields[key];
  if (value === undefined || value === null) return { address: '', port: 0 };
  const endpoint = fieldsOf(value, key);
  const { port } = endpoint;
  return {
    address: optionalStringIn(endpoint, 'address') ?? '',
    port: typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : 0,
  };
}

/** The one error of every parser of control messages. Says what is wrong, never what was sent. */
export function broken(what: string): RelayError {
  return new RelayError('ERR_RELAY_PROTOCOL', `A control message cannot be read: ${what}`);
}

function mappedHeaders<T>(owner: Fields, key: string, read: (header: unknown) => T): Record<string, T> {
  const value = owner[key];
  if (value === undefined || value === null) return {};
  const fields = fieldsOf(value, key);
  const headers: Record<string, T> = {};
  for (const name of Object.keys(fields)) {
    setOwn(headers, name, read(fields[name]));
  }
  return headers;
}

function headerText(value: unknown, key: string): string {
  if (Array.isArray(value)) return value.map((item) => headerText(item, key)).join(', ');
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw broken(`${key} holds a value that is not a string`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
