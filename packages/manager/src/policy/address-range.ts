/**
 * IP addresses and ranges of them, as a policy compares them.
 *
 * One machine can be written in several ways: IPv4 within IPv6 (`::ffff:10.0.0.7`), or behind a NAT64 gateway. A rule about an
 * address has to hold for each of them, so an address is compared in all the forms that lead to the same place.
 * @module
 */
import { isIP, isIPv4 } from 'node:net';

/** An address as a number. */
export interface AddressNumber {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** A range of addresses, such as `10.0.0.0/8`. */
export interface AddressRange extends AddressNumber {
  /** How many bits from the left are fixed. */
  readonly prefix: number;
}

/** Reads an address, IPv6 without brackets. A zone (`%eth0`) is passed over. */
export function parseAddress(text: string): AddressNumber | undefined {
  const bare = text.replace(/%.*$/, '');
  if (isIP(bare) === 0) return undefined;
  if (isIPv4(bare)) return { bits: 32, value: joined(bare.split('.').map(Number), 8n) };
  const groups = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::').map(groupsOf);
  const [left = [], right = []] = groups;
  const zeros = Array<number>(8 - left.length - right.length).fill(0);
  return { bits: 128, value: joined([...left, ...zeros, ...right], 16n) };
}

/** Reads an address or a range in CIDR notation; bits beyond the prefix do not matter. */
export function parseRange(text: string): AddressRange | undefined {
  const [, host = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined || host.includes('%')) return undefined;
  const prefix = length === undefined ? address.bits : Number(length);
  if (prefix > address.bits) return undefined;
  return { ...address, prefix };
}

/** Whether an address is in a range. Those of the other family never are: compare all {@link addressForms}. */
export function isInRange({ bits, value }: AddressNumber, range: AddressRange): boolean {
  if (bits !== range.bits) return false;
  const rest = BigInt(bits - range.prefix);
  return value >> rest === range.value >> rest;
}

/** An address in the forms that mean just the same: itself, and as IPv4 what is only written as IPv6. None when it is no address. */
export function sameAddress(text: string): readonly AddressNumber[] {
  const address = parseAddress(text);
  if (address === undefined) return [];
  return isInRange(address, MAPPED) ? [address, embeddedIn(address, MAPPED)] : [address];
}

/** Every form of an address by which the same machine may be reached: for rules that forbid. */
export function addressForms(text: string): readonly AddressNumber[] {
  const address = parseAddress(text);
  if (address === undefined) return [];
  const embedding = EMBEDDING.filter((range) => isInRange(address, range));
  const forms = [address, ...embedding.map((range) => embeddedIn(address, range))];
  // Connecting to "any address" leads to this machine.
  if (forms.some(({ value }) => value === 0n)) forms.push(LOOPBACK_4, LOOPBACK_6);
  return forms;
}

const LOOPBACK_4: AddressNumber = { bits: 32, value: 0x7f00_0001n };
const LOOPBACK_6: AddressNumber = { bits: 128, value: 1n };

/** An IPv6 range that holds IPv4 addresses, so many bits from the right. */
interface Embedding extends AddressRange {
  readonly shift: number;
}

function embeddedIn({ value }: AddressNumber, { shift }: Embedding): AddressNumber {
  return { bits: 32, value: (value >> BigInt(shift)) & 0xffff_ffffn };
}

/** IPv4-mapped (RFC 4291). */
const MAPPED: Embedding = { ...parseRange('::ffff:0:0/96')!, shift: 0 };

/** That, its forms of former times (RFC 4291, 2765), NAT64 (RFC 6052, 8215) and 6to4 (RFC 3056). */
const EMBEDDING: readonly Embedding[] = [
  MAPPED,
  { ...parseRange('::/96')!, shift: 0 },
  { ...parseRange('::ffff:0:0:0/96')!, shift: 0 },
  { ...parseRange('64:ff9b::/96')!, shift: 0 },
  { ...parseRange('64:ff9b:1::/48')!, shift: 0 },
  { ...parseRange('2002::/16')!, shift: 80 },
];

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function joined(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((value, part) => (value << width) | BigInt(part), 0n);
}
