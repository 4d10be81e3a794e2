/**
 * `host:port`, the way in which endpoints are written everywhere.
 * @module
 */
import { isIPv6 } from 'node:net';
import { hostKey } from '../routes/host-name.js';
import { RedirectConfigError } from './config-error.js';

/** A TCP service in the other network. */
export interface Endpoint {
  /** As `hostKey()` writes it. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** How much of what is none a message repeats. */
const MAX_SHOWN_CHARS = 100;

/**
 * Reads `host:port`; an IPv6 address stands in brackets.
 * @throws RedirectConfigError when the text is anything else
 */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,255})):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535 || (match?.[1] !== undefined && !isIPv6(host))) {
    // A relay may have said it: nobody reads more of it, and logs had better not keep it.
    const shown = text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text;
    throw new RedirectConfigError(
      `${JSON.stringify(shown)} is not host:port, such as sql01.corp.example:1433 or 10.0.0.7:1433`,
    );
  }
  return { host: hostKey(host), port };
}
