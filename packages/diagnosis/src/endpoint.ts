/**
 * `host:port`, as the metadata of hybrid connections and people write it.
 * @module
 */
import { isIPv6 } from 'node:net';

/** A TCP service by its private name. */
export interface Endpoint {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads it; an IPv6 address stands in brackets. @returns `undefined` for anything else */
export function readEndpointText(text: string): Endpoint | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port >= 1 && port <= 65_535)) return undefined;
  if (match?.[1] !== undefined && !isIPv6(host)) return undefined;
  return { host, port };
}
