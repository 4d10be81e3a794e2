/**
 * How a small interface answers: JSON or text with headers that let no browser misread it, and files of pages.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pageFile } from './page-files.js';
import { RestError } from './rest-error.js';

/** What is answered. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON; absent: there is no body. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`, with the `Content-Type` of `headers`. */
  readonly text?: string | undefined;
}

/** What every answer has, but for files of pages. None allows another origin. */
export const ANSWER_HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** Sends an answer; to `HEAD` without its body. Where one has begun already, the connection is cut. */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body, text }: Answer,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const content = text ?? (body === undefined ? undefined : `${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    ...ANSWER_HEADERS,
    ...(body !== undefined && { 'Content-Type': 'application/json; charset=utf-8' }),
    ...(status !== 204 && { 'Content-Length': content === undefined ? 0 : Buffer.byteLength(content) }),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}

/**
 * Sends a file of built pages, or says that the browser has it already.
 * @param segments - of the address below that of the pages
 * @throws RestError 404, 405
 */
export async function sendPage(
  folder: string,
  segments: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  checkMethod(request, ['GET']);
  const { bytes, headers } = await pageFile(folder, segments);
  const isKept = request.headers['if-none-match'] === headers.ETag;
  response.writeHead(isKept ? 304 : 200, {
    ...headers,
    ...(!isKept && { 'Content-Length': bytes.length }),
  });
  response.end(isKept || request.method === 'HEAD' ? undefined : bytes);
}

/** `HEAD` is asked for as `GET` is. @throws RestError 405 */
export function checkMethod({ method = '' }: IncomingMessage, allowed: readonly string[]): void {
  if (!allowed.includes(method === 'HEAD' ? 'GET' : method)) throw methodNotAllowed(allowed);
}

/** The address takes other methods. */
export function methodNotAllowed(allowed: readonly string[]): RestError {
  const all = allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed;
  return new RestError(405, 'MethodNotAllowed', `This address takes ${all.join(', ')}.`, {
    headers: { Allow: all.join(', ') },
  });
}
