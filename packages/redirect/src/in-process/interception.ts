/**
 * What is replaced in this process, and for whom.
 *
 * There is one set of replaced functions, however many redirections there are; it comes with the first and goes with the
 * last.
 * @module
 */
import dns from 'node:dns';
import net from 'node:net';
import { hostKey } from '../routes/host-name.js';
import type { RouteTable } from '../routes/route-table.js';
import { isBlocked } from './block-list.js';
import { readConnectArguments } from './connect-arguments.js';
import { Crossing } from './crossing.js';
import { patchLookup } from './dns-lookup.js';
import { patchResolve } from './dns-resolve.js';
import { lookupElsewhere } from './elsewhere.js';
import { type AnyFunction, Patches } from './patches.js';
import { connectThrough } from './redirected-connect.js';

const tables = new Set<RouteTable>();
const patches = new Patches();
let crossing: Crossing | undefined;

/** Redirects what the table has, from now on; also what it will have. @returns what ends that, once or more often. */
export function intercept(table: RouteTable): () => void {
  if (tables.size === 0) install();
  tables.add(table);
  return () => {
    if (tables.delete(table) && tables.size === 0) uninstall();
  };
}

function install(): void {
  crossing = new Crossing();
  // Before it is replaced.
  const { lookup } = dns;
  patchLookup(patches, { addressOf, hostOf });
  patchResolve(patches, { addressOf, hostOf });
  patches.replace(net.Socket.prototype, 'connect', (original) => redirecting(original, lookup));
  patches.apply();
}

function uninstall(): void {
  patches.undo();
  crossing?.close();
  crossing = undefined;
}

function redirecting(original: AnyFunction, lookup: AnyFunction): AnyFunction {
  return function connect(this: net.Socket, ...args) {
    const asked = readConnectArguments(args);
    const table = asked === undefined ? undefined : tableWith(asked.host);
    if (asked === undefined || table === undefined || crossing === undefined)
      return original.apply(this, args);
    const { host, port, options, onConnect } = asked;
    const route = table.find(host, port);
    if (route !== undefined) {
      const remoteAddress = table.virtualAddress(route.host) ?? route.host;
      // Node refuses it, in its own words.
      if (isBlocked(this, remoteAddress))
        return original.call(this, { ...options, host: remoteAddress }, onConnect);
      connectThrough(this, asked, { original, crossing, route, remoteAddress });
      return this;
    }
    const name = nameOf(table, host);
    // An IP address is where it is.
    if (name === undefined) return original.apply(this, args);
    const elsewhere = { lookup, isVirtual, ports: table.portsOf(name) };
    const changed = { ...options, host: name, lookup: lookupElsewhere(options.lookup, elsewhere) };
    return original.call(this, changed, onConnect);
  };
}

/** The table that knows a host, as a name, as an IP address or as a virtual address. */
function tableWith(host: string): RouteTable | undefined {
  for (const table of tables) {
    if (table.knows(host)) return table;
  }
  return undefined;
}

function nameOf(table: RouteTable, host: string): string | undefined {
  const key = hostKey(host);
  return table.hostOf(key) ?? (net.isIP(key) === 0 ? host : undefined);
}

function addressOf(host: string): string | undefined {
  for (const table of tables) {
    const address = table.virtualAddress(host);
    if (address !== undefined) return address;
  }
  return undefined;
}

function hostOf(address: string): string | undefined {
  for (const table of tables) {
    const host = table.hostOf(hostKey(address));
    if (host !== undefined && table.hasHost(host)) return host;
  }
  return undefined;
}

function isVirtual(address: string): boolean {
  const key = hostKey(address);
  return [...tables].some((table) => table.hostOf(key) !== undefined);
}
