/**
 * The address of a request, taken apart before anything is looked up by it.
 *
 * Each segment is decoded once, by itself: an encoded slash is a character of a name, and what is encoded twice stays
 * encoded once. Segments that step out of a folder are refused and not resolved, so nobody has to agree on how.
 * @module
 */
import { badRequest, RestError } from './rest-error.js';

/** Longer than any address of this interface: node's own limit is that of the whole header. */
const MAX_TARGET_CHARS = 8_192;

/** An address. */
export interface RequestTarget {
  /** Decoded; the last is empty when the path ends with a slash. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** As it came. */
  readonly path: string;
  readonly search: string;
}

/** Takes an address apart. @param target - of the request line. @throws RestError 400, 414 */
export function parseTarget(target: string): RequestTarget {
  if (target.length > MAX_TARGET_CHARS) {
    throw new RestError(414, 'UriTooLong', `The address is longer than ${MAX_TARGET_CHARS} characters.`);
  }
  if (!target.startsWith('/')) throw badRequest('The address must begin with a slash.');
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const search = mark === -1 ? '' : target.slice(mark);
  const segments = path.slice(1).split('/').map(decoded);
  return { segments, query: new URLSearchParams(search), path, search };
}

function decoded(segment: string): string {
  const text = decodedOnce(segment);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (text === '.' || text === '..' || /[\u0000-\u001f\u007f\\]/.test(text)) {
    throw badRequest('The address has a segment that cannot be a name.');
  }
  return text;
}

function decodedOnce(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest('The address is not encoded well.');
  }
}
