/**
 * Connections to a host that has routes, at a port that has none: they go where they would go without us.
 *
 * Such a host resolves to its virtual address, behind which nothing is at such a port. So its name is resolved by the
 * system after all; what cannot be resolved fails as ever, with a word about the ports that would have led somewhere.
 * @module
 */
import type { LookupAddress } from 'node:dns';
import type net from 'node:net';
import type { AnyFunction } from './patches.js';

/** What is known of the host. */
export interface Elsewhere {
  /** Node's own `dns.lookup`. */
  readonly lookup: AnyFunction;
  readonly isVirtual: (address: string) => boolean;
  /** The ports that have a route. */
  readonly ports: readonly number[];
}

/** A `lookup` that answers no virtual address. @param given - the application's own, which may ask `dns.lookup` in its turn */
export function lookupElsewhere(
  given: net.LookupFunction | undefined,
  { lookup, isVirtual, ports }: Elsewhere,
): net.LookupFunction {
  const bySystem: net.LookupFunction = (host, options, answer) => {
    lookup(host, options, (error: NodeJS.ErrnoException | null, ...found: never[]) => {
      if (error?.code === 'ENOTFOUND') error.message += hint(ports);
      (answer as AnyFunction)(error, ...found);
    });
  };
  if (given === undefined) return bySystem;
  return (host, options, answer) => {
    given(host, options, (error, found, family) => {
      if (error === null && addressesIn(found).some(isVirtual)) bySystem(host, options, answer);
      else (answer as AnyFunction)(error, found, family);
    });
  };
}

function addressesIn(found: string | LookupAddress[]): string[] {
  return typeof found === 'string' ? [found] : found.map(({ address }) => address);
}

function hint(ports: readonly number[]): string {
  if (ports.length === 0) return '';
  return ` (its hybrid connection${ports.length === 1 ? ' is for port' : 's are for ports'} ${ports.join(', ')})`;
}
