/**
 * Where in a handshake the token stands.
 *
 * `sb-hc-token` first, then `ServiceBusAuthorization`; `Authorization` only when neither is there, since it may be
 * meant for the application behind the listener.
 *
 * Source: docs/protocol.md, section 1.5.
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';

/** A token, not read yet, and where it was. */
export interface Credential {
  readonly token: string;
  /** The token came in the `Authorization` header, which therefore must not reach the listener. */
  readonly inAuthorization: boolean;
}

/** Finds the token of a request. @param queryToken - `sb-hc-token`, decoded */
export function findCredential(
  queryToken: string | undefined,
  headers: IncomingHttpHeaders,
): Credential | undefined {
  const token = queryToken?.trim() || String(headers.servicebusauthorization ?? '').trim();
  if (token !== '') return { token, inAuthorization: false };
  const authorization = headers.authorization?.trim();
  return authorization ? { token: authorization, inAuthorization: true } : undefined;
}
