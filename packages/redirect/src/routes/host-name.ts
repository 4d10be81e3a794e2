/**
 * Hosts as they are compared: one text for everything that an application may write for the same host.
 *
 * Source: RFC 4343 (letters of either case are one), RFC 3986 section 3.2.2 (a dot at the end), RFC 5952 (IPv6).
 * @module
 */
import { isIP, SocketAddress } from 'node:net';
import { domainToASCII } from 'node:url';

/**
 * Writes a host the way it is compared: small letters, no dot at the end, names in ASCII, IPv6 in its short form and
 * without brackets, an IPv4 address inside of an IPv6 one by itself.
 */
export function hostKey(host: string): string {
  // Nearly all that an application looks up, whoever it is about; everything below would come to the same.
  if (IS_KEY.test(host)) return host;
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const family = isIP(bare);
  if (family === 6) return addressKey(bare);
  if (family === 4) return bare;
  const name = bare.endsWith('.') ? bare.slice(0, -1) : bare;
  return IS_ASCII.test(name) ? name.toLowerCase() : domainToASCII(name);
}

const IS_KEY = /^[a-z\d._-]*[a-z\d_-]$/;
const IS_ASCII = /^[\x20-\x7e]*$/;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

function addressKey(address: string): string {
  // An address with a zone is one of a link, and no endpoint of a hybrid connection.
  if (address.includes('%')) return address.toLowerCase();
  const short = new SocketAddress({ address, family: 'ipv6' }).address;
  return MAPPED.exec(short)?.[1] ?? short;
}
