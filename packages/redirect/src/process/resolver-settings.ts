/**
 * What to tell a machine's resolver, so that it asks our DNS server for our names and their addresses, and nobody else's for them.
 *
 * Source: hosts(5), dnsmasq(8), resolved.conf(5), resolver(5) of macOS, Add-DnsClientNrptRule of Windows.
 * @module
 */
import type { ProcessAddress } from './addresses.js';
import { type HostsEntry, hostsLine } from './hosts/hosts-block.js';

/** Resolvers that we can word settings for. */
export const RESOLVERS = ['hosts', 'dnsmasq', 'systemd-resolved', 'macos', 'windows'] as const;
/** One of {@link RESOLVERS}. */
export type Resolver = (typeof RESOLVERS)[number];

/** The settings of a resolver, line by line. */
export function resolverSettings(
  resolver: Resolver,
  entries: readonly HostsEntry[],
  dns: ProcessAddress,
): string[] {
  const names = entries.flatMap(({ name, address }) => [name, reverseName(address)]);
  switch (resolver) {
    case 'hosts':
      return entries.map(hostsLine);
    case 'dnsmasq':
      return names.map((name) => `server=/${name}/${dns.host}#${dns.port}`);
    case 'systemd-resolved':
      return [
        '[Resolve]',
        `DNS=${dns.host}:${dns.port}`,
        `Domains=${names.map((name) => `~${name}`).join(' ')}`,
      ];
    case 'macos':
      return names.map(
        (name) => `printf 'nameserver ${dns.host}\\nport ${dns.port}\\n' | sudo tee /etc/resolver/${name}`,
      );
    case 'windows':
      // A rule has no port: the DNS server has to be at 53.
      return names.map((name) => `Add-DnsClientNrptRule -Namespace '${name}' -NameServers '${dns.host}'`);
  }
}

/** The name by which DNS is asked for the name of an IPv4 address. */
function reverseName(address: string): string {
  return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
}
