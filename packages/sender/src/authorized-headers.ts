/**
 * The headers of a sender's request to the relay, credential included.
 *
 * Source: docs/protocol.md, section 1.5.
 * @module
 */
import { RelayError } from '@hybridge/protocol';
import type { ResolvedOptions } from './options.js';

/**
 * The headers that were given, and a token. The token provider may take `timeoutMs` milliseconds.
 * @throws RelayError `ERR_RELAY_UNAUTHORIZED`, `ERR_RELAY_TIMEOUT`; the signal's reason.
 */
export function authorizedHeaders(
  options: Pick<ResolvedOptions, 'headers' | 'resource' | 'tokenProvider'>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  return within(headersOf(options), timeoutMs, signal);
}

async function headersOf(
  options: Pick<ResolvedOptions, 'headers' | 'resource' | 'tokenProvider'>,
): Promise<Readonly<Record<string, string>>> {
  const { headers, tokenProvider, resource } = options;
  if (tokenProvider === undefined) return headers;
  let token: string | undefined;
  try {
    token = (await tokenProvider.getToken(resource))?.token;
  } catch (cause) {
    throw new RelayError('ERR_RELAY_UNAUTHORIZED', 'The token provider failed', { cause });
  }
  if (token === undefined || !/^[\x20-\x7e]+$/.test(token)) {
    throw new RelayError('ERR_RELAY_UNAUTHORIZED', 'The token provider gave no token');
  }
  return { ...headers, ServiceBusAuthorization: token };
}

/** Dialling has a time limit of its own, and can be aborted; a token provider has to be left behind. */
async function within<T>(promise: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T> {
  let leave = () => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const timer = setTimeout(() => {
        reject(new RelayError('ERR_RELAY_TIMEOUT', `There was no token within ${timeoutMs} ms`));
      }, timeoutMs);
      leave = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      promise.then(resolve, reject);
    });
  } finally {
    leave();
  }
}
