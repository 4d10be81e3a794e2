/**
 * The headers of a sender's request to the relay, credential included.
 *
 * Source: docs/protocol.md, section 1.5.
 * @module
 */
import { RelayError } from '@hybridge/protocol';
import type { ResolvedOptions } from './options.js';

/** What they are made of. */
type Given = Pick<ResolvedOptions, 'headers' | 'resource' | 'tokenProvider'>;

/** Headers by name. */
export type RequestHeaders = Readonly<Record<string, string>>;

/**
 * The headers that were given, and a token; at once, where the token provider has one at hand, as ours have. One that
 * takes its time may take `timeoutMs` milliseconds.
 * @param signal - makes a signal, for a wait that can be given up
 * @throws RelayError `ERR_RELAY_UNAUTHORIZED`, `ERR_RELAY_TIMEOUT`; the signal's reason.
 */
export function authorizedHeaders(
  { headers, tokenProvider, resource }: Given,
  timeoutMs: number,
  signal: () => AbortSignal,
): RequestHeaders | Promise<RequestHeaders> {
  if (tokenProvider === undefined) return headers;
  let given: ReturnType<typeof tokenProvider.getToken>;
  try {
    given = tokenProvider.getToken(resource);
  } catch (cause) {
    throw providerFailed(cause);
  }
  const withToken = (access: { readonly token: string } | undefined): RequestHeaders => {
    const token = access?.token;
    if (token === undefined || !/^[\x20-\x7e]+$/.test(token)) {
      throw new RelayError('ERR_RELAY_UNAUTHORIZED', 'The token provider gave no token');
    }
    return { ...headers, ServiceBusAuthorization: token };
  };
  if (typeof (given as PromiseLike<unknown> | undefined)?.then !== 'function') {
    return withToken(given as Awaited<typeof given>);
  }
  const waited = Promise.resolve(given).then(withToken, (cause) => {
    throw providerFailed(cause);
  });
  return within(waited, timeoutMs, signal());
}

function providerFailed(cause: unknown): RelayError {
  return new RelayError('ERR_RELAY_UNAUTHORIZED', 'The token provider failed', { cause });
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
