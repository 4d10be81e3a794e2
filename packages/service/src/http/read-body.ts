/**
 * The body of a management request: JSON, of bounded size.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { badRequest, RestError } from './rest-error.js';

/** Far more than any request of this interface has to say. */
const MAX_BODY_BYTES = 1_048_576;

/**
 * Reads a body.
 * @returns `undefined` when there is none
 * @throws RestError 413 as soon as it is known to be too large, 415 when it is something else than JSON, 400 when it is
 * not well-formed.
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  if (!/^application\/(json|[\w.-]+\+json)$/i.test(type.trim())) {
    throw new RestError(
      415,
      'UnsupportedMediaType',
      'The body must be JSON: Content-Type: application/json.',
      {
        target: 'Content-Type',
      },
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own words repeat a piece of the text, which may be a key.
    throw badRequest('The body is not well-formed JSON in UTF-8.', 'body');
  }
}

/** Whether a request says of itself that its body is too large. */
export function isTooLarge({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES;
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  if (isTooLarge(request)) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) {
        chunks.push(chunk);
        return;
      }
      request.removeAllListeners('data');
      reject(tooLarge());
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(badRequest('The request ended too early.')));
  });
}

function tooLarge(): RestError {
  return new RestError(413, 'RequestEntityTooLarge', `The body is larger than ${MAX_BODY_BYTES} bytes.`, {
    // What is still to come is of no interest to anybody.
    headers: { Connection: 'close' },
  });
}
