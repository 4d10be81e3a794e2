/**
 * The texts by which a child's resolver finds names that nobody else's does: a hosts file, and who is asked first.
 *
 * Source: hosts(5), nsswitch.conf(5).
 * @module
 */
import { type HostsEntry, hostsLine, withoutNames } from '../hosts/hosts-block.js';

/** Services that answer for this machine's own name alone, and may be asked before the file. */
const HARMLESS = new Set(['myhostname', 'mymachines']);

/** A hosts file with these names first; other lines for the same names are left out. */
export function privateHosts(machines: string, entries: readonly HostsEntry[]): string {
  const others = withoutNames(machines, new Set(entries.map(({ name }) => name)));
  return `${entries.map((entry) => `${hostsLine(entry)}\n`).join('')}${others}`;
}

/**
 * The name service switch with the hosts file asked first.
 * @returns `undefined` when it is already, or when nothing is said about hosts (the default begins with the file)
 */
export function filesFirst(switches: string): string | undefined {
  const line = /^[ \t]*hosts:.*$/m.exec(switches)?.[0];
  if (line === undefined) return undefined;
  const services = line.replace(/#.*/, '').trim().split(/\s+/).slice(1);
  if (services.find((service) => !HARMLESS.has(service)) === 'files') return undefined;
  // What stands in brackets belongs to the service before it.
  const others = services
    .join(' ')
    .replace(/(?<![\w-])files(?: \[[^\]]*\])*/g, '')
    .trim();
  return switches.replace(line, `hosts: files ${others}`.trimEnd());
}
