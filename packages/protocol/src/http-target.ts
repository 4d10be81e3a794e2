/**
 * The request target of an HTTP request line, taken apart: what WebSocket addresses and plain ones have in common.
 *
 * Source: docs/protocol.md, sections 1.3 and 1.4.
 * @module
 */
import { RelayError } from './errors.js';
import { MAX_REQUEST_TARGET_CHARS } from './limits.js';
import { encodeBytes } from './percent.js';

/**
 * The target with its bytes as escapes, and without scheme and host: proxies may ask with the whole URL.
 * @throws RelayError `ERR_RELAY_PROTOCOL`, status 400 or 414.
 */
export function readableTarget(requestTarget: string): string {
  if (requestTarget.length > MAX_REQUEST_TARGET_CHARS) throw badTarget(414, 'The address is too long');
  if (/[^\P{Cc}\x80-\x9f]/u.test(requestTarget)) throw badTarget(400, 'The address holds control characters');
  return encodeBytes(requestTarget.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, ''));
}

/** Path, and query with its `?`. */
export function splitTarget(target: string): readonly [rawPath: string, rawQuery: string] {
  // Azure Arc's proxy escapes the question mark; the live gateway decodes it before it looks for the query.
  const whole = target.includes('?') ? target : target.replace(/%3F(?=sb-hc-)/i, '?');
  const at = whole.indexOf('?');
  return at === -1 ? [whole, ''] : [whole.slice(0, at), whole.slice(at)];
}

/**
 * The path as text, without the slash at its start.
 * @throws RelayError `ERR_RELAY_PROTOCOL`, status 400.
 */
export function decodedPath(rawPath: string): string {
  let path: string;
  try {
    path = decodeURIComponent(rawPath);
  } catch {
    throw badTarget(400, 'The path holds a broken escape');
  }
  if (/\p{Cc}/u.test(path)) throw badTarget(400, 'The path holds control characters');
  // Whoever dials the accept address, or puts a URL together, would resolve these, and end up elsewhere.
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw badTarget(400, 'The path holds a . or .. segment');
  }
  return path.replace(/^\/+/, '');
}

/** An id goes into logs and status lines. */
export function printable(value = ''): string {
  return value
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, 256);
}

/** The error of a target that cannot be read. */
export function badTarget(status: number, message: string): RelayError {
  return new RelayError('ERR_RELAY_PROTOCOL', message, { status });
}
