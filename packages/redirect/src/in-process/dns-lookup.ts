/**
 * `dns.lookup` and `dns.promises.lookup` for names that have a route: they answer the virtual address.
 * @module
 */
import dns, { type LookupAddress } from 'node:dns';
import type { Patches } from './patches.js';

/** Knows the virtual address of a name that has a route, and of no other. */
export type AddressOf = (host: string) => string | undefined;

/** Replaces both. */
export function patchLookup(patches: Patches, addressOf: AddressOf): void {
  patches.replace(
    dns,
    'lookup',
    (original) =>
      function lookup(this: unknown, ...args) {
        const address = typeof args[0] === 'string' ? addressOf(args[0]) : undefined;
        const callback = args.at(-1);
        if (address === undefined || typeof callback !== 'function') return original.apply(this, args);
        const { all, found } = answerTo(args[1], address);
        if (all) process.nextTick(callback, null, [found]);
        else process.nextTick(callback, null, found.address, found.family);
        return {};
      },
  );
  patches.replace(
    dns.promises,
    'lookup',
    (original) =>
      function lookup(this: unknown, ...args) {
        const address = typeof args[0] === 'string' ? addressOf(args[0]) : undefined;
        if (address === undefined) return original.apply(this, args);
        const { all, found } = answerTo(args[1], address);
        return Promise.resolve(all ? [found] : found);
      },
  );
}

function answerTo(
  options: unknown,
  address: string,
): { readonly all: boolean; readonly found: LookupAddress } {
  const { family, all } = optionsOf(options);
  // Who insists on IPv6 gets the same address in that form. It is recognized, too.
  const isSix = family === 6 || family === 'IPv6';
  return {
    all: all === true,
    found: isSix ? { address: `::ffff:${address}`, family: 6 } : { address, family: 4 },
  };
}

function optionsOf(options: unknown): { readonly family?: unknown; readonly all?: unknown } {
  if (typeof options === 'number') return { family: options };
  return typeof options === 'object' && options !== null ? options : {};
}
