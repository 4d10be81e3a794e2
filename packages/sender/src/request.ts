/**
 * HTTP requests that the relay itself passes on to a listener.
 *
 * The listener's answer is an answer, whatever its status. What the relay says in its own name, which it marks by the
 * lack of `Via`, is an error, as it is with `connect()`. Both bodies are streams: neither is ever held in memory.
 *
 * Source: docs/protocol.md, sections 1.5, 4.1, 4.3 and 4.5.
 * @module
 */
import http from 'node:http';
import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RelayError, relayErrorFromResponse } from '@hybridge/protocol';
import type { AccessOptions } from '@hybridge/sas';
import type { TransportOptions } from '@hybridge/socket';
import { authorizedHeaders } from './authorized-headers.js';
import { resolveOptions } from './options.js';
import { RelayAgent } from './relay-agent.js';
import { translate } from './translate.js';

/** What to ask for, and how. */
export interface RequestOptions extends AccessOptions, TransportOptions {
  /** The HTTP method. @defaultValue 'GET' */
  readonly method?: string | undefined;
  /** What follows the hybrid connection's name, such as `/orders?x=1`, as it stands in a URL. */
  readonly path?: string | undefined;
  /** Headers for the listener to read. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Text and bytes are sent with their length, a stream as it comes. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array> | undefined;
  /**
   * How long the connection may be silent, in milliseconds: while it is opened, while bodies are sent, and while the
   * answer is awaited.
   * @defaultValue the connection string's `OperationTimeout`, or 70_000: the relay gives up first, after 60 s, and says why
   */
  readonly idleTimeoutMs?: number | undefined;
  /** Gives up, with an `AbortError`, also while the answer is being read. */
  readonly signal?: AbortSignal | undefined;
}

/** What a listener answered. */
export interface Answer {
  /** The HTTP status, whatever it is: only what the relay itself answers is thrown. */
  readonly status: number;
  /** The reason phrase. */
  readonly statusText: string;
  /** By names in lower case. */
  readonly headers: http.IncomingHttpHeaders;
  /** To be read to its end, or destroyed: until then the connection is taken. Cut short, it fails with `ECONNRESET`. */
  readonly body: Readable;
}

const agent = new RelayAgent();

/**
 * Makes an HTTP request to the listener of a hybrid connection.
 *
 * @param options - a connection string, or options
 * @throws RelayError `ERR_RELAY_ARGUMENT`; a `ConnectError`, as the sockets of `connect()` emit it, when the relay cannot
 *   be reached, refuses the request or gets no answer to it; the signal's `AbortError`.
 */
export async function request(options: string | RequestOptions): Promise<Answer> {
  const given = typeof options === 'string' ? { connectionString: options } : options;
  const { method, path = '', headers = {}, body, idleTimeoutMs, ...rest } = given ?? {};
  const resolved = resolveOptions({ ...rest, connectTimeoutMs: idleTimeoutMs });
  const { address, transport, connectTimeoutMs: timeoutMs } = resolved;
  const { signal = new AbortController().signal } = resolved;
  signal.throwIfAborted();
  const target = targetOf(resolved.url, path);
  checkHeaders(headers);
  try {
    const authorized = await authorizedHeaders({ ...resolved, headers }, timeoutMs, () => signal);
    const asked = http.request({
      agent,
      method: method ?? 'GET',
      path: target,
      host: address.hostname,
      port: address.port,
      headers: { ...authorized, ...framing(headers, body), Host: address.host },
      timeout: timeoutMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
      ...{ route: { url: resolved.url, transport, timeoutMs } },
    });
    const answer = await answerTo(asked, body, timeoutMs);
    addAbortSignal(signal, answer);
    if (answer.statusCode! >= 400 && answer.headers.via === undefined) throw await refusal(answer);
    return {
      status: answer.statusCode!,
      statusText: answer.statusMessage!,
      headers: answer.headers,
      body: answer,
    };
  } catch (error) {
    if (signal.aborted) throw error;
    throw translate(error, address, 'request');
  }
}

/** As much as fits into a relay's message; Node's own limit is a quarter of that. */
const MAX_HEADER_BYTES = 65_536;

/** How much of a refusal's body is looked at, in bytes. */
const MAX_REFUSAL_BYTES = 2_048;

/** The connection's own, or the credential's place. */
const RESERVED_HEADER = /^(?:connection|host|servicebusauthorization|transfer-encoding|upgrade)$/i;

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (RESERVED_HEADER.test(name)) throw argument(`The header ${name} is not yours to give`);
    try {
      http.validateHeaderName(name);
      http.validateHeaderValue(name, value);
    } catch (error) {
      // Node's message names the header and not its value.
      throw argument((error as Error).message, error as Error);
    }
  }
}

/** Where plain HTTP goes is where WebSockets go, without the `/$hc` before it and the relay's own query behind. */
function targetOf({ pathname }: URL, path: string): string {
  if (!/^(?:[/?][\x21\x22\x24-\x7e]*)?$/.test(path)) {
    throw argument('path must begin with / or ?, and be encoded as it is in a URL');
  }
  return pathname.replace(/^\/\$hc/, '') + path;
}

/** Said here, since Node frames no body of methods that seldom have one. */
function framing(
  headers: Readonly<Record<string, string>>,
  body: RequestOptions['body'],
): Readonly<Record<string, string>> {
  const isKnown = Object.keys(headers).some((name) => /^content-length$/i.test(name));
  if (body === undefined || isKnown) return {};
  if (typeof body === 'string' || body instanceof Uint8Array) {
    return { 'Content-Length': String(Buffer.byteLength(body)) };
  }
  return { 'Transfer-Encoding': 'chunked' };
}

function answerTo(
  asked: http.ClientRequest,
  body: RequestOptions['body'],
  timeoutMs: number,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once('response', resolve);
    // After the answer has begun it is the answer that fails.
    asked.on('error', reject);
    asked.once('timeout', () => {
      asked.destroy(
        new RelayError('ERR_RELAY_TIMEOUT', `There was nothing from the relay for ${timeoutMs} ms`),
      );
    });
    if (body === undefined) asked.end();
    else if (typeof body === 'string' || body instanceof Uint8Array) asked.end(body);
    else pipeline(body, asked).catch(reject);
  });
}

/** The relay's own words, as an error. */
async function refusal(answer: http.IncomingMessage): Promise<RelayError> {
  let body = '';
  for await (const bytes of answer) {
    body += (bytes as Buffer).toString('latin1');
    if (body.length > MAX_REFUSAL_BYTES) break;
  }
  const { statusCode: status = 0, statusMessage = '' } = answer;
  // The standard phrase says no more than the status; the body has the words then.
  const reason = statusMessage === http.STATUS_CODES[status] ? '' : statusMessage;
  return relayErrorFromResponse(status, reason, body);
}

function argument(message: string, cause?: Error): RelayError {
  return new RelayError('ERR_RELAY_ARGUMENT', message, cause === undefined ? {} : { cause });
}
