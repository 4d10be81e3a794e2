/**
 * Asks a relay about one hybrid connection, as Microsoft's listeners do: an HTTP request that is marked as one to the relay itself.
 *
 * It goes the same way as everything else to that relay: proxy, TLS, trust.
 *
 * Source: docs/protocol.md, section 6.3.
 * @module
 */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { isRelayError, RelayError, relayAddress, relayErrorFromResponse } from '@hybridge/protocol';
import { resolveAccess } from '@hybridge/sas';
import { errorWords, openSocket, type TransportOptions } from '@hybridge/socket';
import { compareClock } from './clock.js';
import { type EntityDescription, parseDescription } from './entity-description.js';

/** Whom to ask, and how. */
export interface AskRelayOptions {
  readonly connectionString: string;
  readonly transport?: TransportOptions | undefined;
  /** Gives up, with the signal's reason. */
  readonly signal: AbortSignal;
}

/** More than a description ever has, in bytes. */
const MAX_BYTES = 65_536;
/** How long the relay may take for everything, in milliseconds; as long as for a control channel. */
const TIMEOUT_MS = 10_000;

/**
 * Asks once.
 * @throws RelayError `ERR_RELAY_ENDPOINT_NOT_FOUND` when the relay knows no such hybrid connection, `ERR_RELAY_UNAUTHORIZED` and the
 * like when it says no, `ERR_RELAY_CUT` when it cannot be reached (the cause is Node's), `ERR_RELAY_PROTOCOL` when it answers
 * something else.
 */
export async function askRelay(options: AskRelayOptions): Promise<EntityDescription> {
  const { endpoint, entityPath, resource, tokenProvider } = resolveAccess({
    connectionString: options.connectionString,
  });
  const address = relayAddress(endpoint, entityPath);
  const token = await tokenProvider!.getToken(resource);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([options.signal, timeout]);
  const { host, path, secure } = address;
  const where = `${secure ? 'wss' : 'ws'}://${host}`;
  try {
    const socket = await openSocket(where, { ...options.transport, signal }).opened;
    const asked = request({
      path: `/${path.split('/').map(encodeURIComponent).join('/')}?api-version=2016-07`,
      headers: {
        Host: host,
        Authorization: token.token,
        'X-PROCESS-AT': 'ServiceBus',
        Accept: 'application/atom+xml',
        Connection: 'close',
      },
      createConnection: () => socket as Duplex as never,
      signal,
    });
    const { response, text } = await answerOf(asked);
    return { ...read(response, text), clock: compareClock(response.headers.date, Date.now()) };
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    if (isRelayError(error)) throw error;
    if (timeout.aborted) {
      const message = `The relay ${host} did not answer within ${TIMEOUT_MS / 1000} s`;
      throw new RelayError('ERR_RELAY_TIMEOUT', message);
    }
    const message = `The relay ${host} cannot be reached: ${errorWords(error)}`;
    throw new RelayError('ERR_RELAY_CUT', message, { cause: error });
  }
}

function answerOf(asked: ClientRequest): Promise<{ response: IncomingMessage; text: string }> {
  return new Promise((resolve, reject) => {
    asked.on('error', reject);
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (more: string) => {
        text += more;
        if (text.length <= MAX_BYTES) return;
        reject(
          new RelayError('ERR_RELAY_PROTOCOL', 'The relay describes the hybrid connection at great length'),
        );
        asked.destroy();
      });
      response.on('end', () => resolve({ response, text }));
      response.on('error', reject);
    });
    asked.end();
  });
}

function read(
  { statusCode: status = 0, statusMessage = '' }: IncomingMessage,
  text: string,
): EntityDescription {
  const detail = /<Detail>([^<]{1,2048})<\/Detail>/.exec(text)?.[1] ?? statusMessage;
  if (status !== 200 && status !== 204) throw relayErrorFromResponse(status, detail, text);
  const description = parseDescription(text);
  if (description !== undefined) return description;
  // Azure's service answers with a feed of nothing.
  if (text === '' || /<feed[\s>]/.test(text)) throw relayErrorFromResponse(404, 'Endpoint does not exist.');
  throw new RelayError('ERR_RELAY_PROTOCOL', 'The relay does not describe the hybrid connection');
}
