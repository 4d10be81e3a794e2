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

/**
 * Reads `host:port`; an IPv6 address stands in brackets.
 * @throws RedirectConfigError when the text is anything else
 */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535 || (match?.[1] !== undefined && !isIPv6(host))) {
    throw new RedirectConfigError(
      `${JSON.stringify(text)} is not host:port, such as sql01.corp.example:1433 or 10.0.0.7:1433`,
    );
  }
  return { host: hostKey(host), port };
}
