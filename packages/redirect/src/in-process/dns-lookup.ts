/**
 * What asks the system: `dns.lookup` for names that have a route, which answers the virtual address, and `dns.lookupService` for
 * that address, which answers the name; by callback and by promise.
 * @module
 */
import dns, { type LookupAddress } from 'node:dns';
import type { AnyFunction, Patches } from './patches.js';

/** What is known of names and addresses. */
export interface Names {
  /** The virtual address of a name that has a route, and of no other. */
  readonly addressOf: (host: string) => string | undefined;
  /** The name behind a virtual address. */
  readonly hostOf: (address: string) => string | undefined;
}

/** Replaces all of them. */
export function patchLookup(patches: Patches, { addressOf, hostOf }: Names): void {
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
  patches.replace(dns, 'lookupService', (original) => serviceByCallback(original, hostOf));
  patches.replace(dns.promises, 'lookupService', (original) => serviceByPromise(original, hostOf));
}

/** Everybody knows its name, so that the system has only the port to name. */
const LOOPBACK = '127.0.0.1';

function serviceByCallback(original: AnyFunction, hostOf: Names['hostOf']): AnyFunction {
  return function lookupService(this: unknown, ...args) {
    const [address, port, callback] = args;
    const host = typeof address === 'string' ? hostOf(address) : undefined;
    if (host === undefined || typeof callback !== 'function') return original.apply(this, args);
    return original.call(this, LOOPBACK, port, (error: Error | null, _: string, service: string) => {
      if (error === null) callback(null, host, service);
      else callback(error);
    });
  };
}

function serviceByPromise(original: AnyFunction, hostOf: Names['hostOf']): AnyFunction {
  return function lookupService(this: unknown, ...args) {
    const [address, port] = args;
    const host = typeof address === 'string' ? hostOf(address) : undefined;
    if (host === undefined) return original.apply(this, args);
    return original.call(this, LOOPBACK, port).then((found: object) => ({ ...found, hostname: host }));
  };
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
