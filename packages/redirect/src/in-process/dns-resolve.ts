/**
 * What asks a DNS server, for names that have a route: `resolve`, `resolve4`, `resolve6`, `resolveAny`, `reverse`, by callback and
 * by promise, as functions and as methods of a `Resolver`. Such a name has one A record, its virtual address. Records of
 * other kinds (`MX`, `TXT` …) are the server's business as ever.
 * @module
 */
import dns from 'node:dns';
import type { Names } from './dns-lookup.js';
import type { AnyFunction, Patches } from './patches.js';

/** Replaces all of them. */
export function patchResolve(patches: Patches, names: Names): void {
  for (const method of METHODS) {
    for (const target of [dns, dns.Resolver.prototype]) {
      patches.replace(target, method, (original) => byCallback(original, method, names));
    }
    for (const target of [dns.promises, dns.promises.Resolver.prototype]) {
      patches.replace(target, method, (original) => byPromise(original, method, names));
    }
  }
}

const METHODS = ['resolve', 'resolve4', 'resolve6', 'resolveAny', 'reverse'] as const;
type Method = (typeof METHODS)[number];

function byCallback(original: AnyFunction, method: Method, names: Names): AnyFunction {
  return function (this: unknown, ...args) {
    const callback = args.at(-1);
    const answer = typeof callback === 'function' ? answerTo(method, args, names) : undefined;
    if (answer === undefined) return original.apply(this, args);
    if (answer instanceof Error) process.nextTick(callback, answer);
    else process.nextTick(callback, null, answer);
    return {};
  };
}

function byPromise(original: AnyFunction, method: Method, names: Names): AnyFunction {
  return function (this: unknown, ...args) {
    const answer = answerTo(method, args, names);
    if (answer === undefined) return original.apply(this, args);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
}

/** @returns `undefined` for what is to be asked of a server. */
function answerTo(method: Method, args: readonly unknown[], names: Names): unknown[] | Error | undefined {
  const [asked, more] = args;
  if (typeof asked !== 'string') return undefined;
  if (method === 'reverse') {
    const host = names.hostOf(asked);
    return host === undefined ? undefined : [host];
  }
  const address = names.addressOf(asked);
  if (address === undefined) return undefined;
  switch (method === 'resolve' ? typeIn(more) : method) {
    case 'resolve4':
      return [wantsTtl(more) ? { address, ttl: TTL } : address];
    case 'resolve6':
      return noData(asked);
    case 'resolveAny':
      return [{ type: 'A', address, ttl: TTL }];
    default:
      return undefined;
  }
}

/** In seconds. Its route may be gone by then, and an address costs nothing to ask for. */
const TTL = 0;

const TYPES: Readonly<Record<string, Method>> = { A: 'resolve4', AAAA: 'resolve6', ANY: 'resolveAny' };

function typeIn(given: unknown): Method | undefined {
  return typeof given === 'string' ? TYPES[given] : 'resolve4';
}

function wantsTtl(options: unknown): boolean {
  return typeof options === 'object' && options !== null && 'ttl' in options && options.ttl === true;
}

/** As Node words it: the name is known, and has no such address. */
function noData(hostname: string): Error {
  const facts = { errno: undefined, code: dns.NODATA, syscall: 'queryAaaa', hostname };
  return Object.assign(new Error(`queryAaaa ${dns.NODATA} ${hostname}`), facts);
}
