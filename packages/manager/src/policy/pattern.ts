/**
 * The patterns in which a policy names targets and relays.
 *
 * `sql01.corp.example:1433` is one service, `*.corp.example:1433,5000-5999` many, `10.0.0.0/8:*` and `[fd00::]/8:443` say it by
 * address. Anything that could be meant in two ways is refused: a rule that does not say what its author thinks is worse than none.
 * @module
 */
import { ManagerConfigError } from '../config/config-error.js';
import { type AddressNumber, type AddressRange, isInRange, parseRange } from './address-range.js';

/** What a pattern says of hosts: any, some names, or a range of addresses. */
export type HostPattern =
  | { readonly type: 'any' }
  | { readonly type: 'name'; readonly matches: (name: string) => boolean }
  | { readonly type: 'address'; readonly range: AddressRange };

/** A rule about targets. */
export interface TargetPattern {
  /** As it stands in the policy. */
  readonly text: string;
  readonly host: HostPattern;
  /** Inclusive. */
  readonly ports: readonly (readonly [first: number, last: number])[];
}

/** A rule about relays. */
export interface RelayPattern {
  readonly text: string;
  readonly host: HostPattern;
}

/**
 * Reads `host:ports`.
 * @throws ManagerConfigError
 */
export function parseTargetPattern(text: string): TargetPattern {
  const [, host, ports] = /^(.+?):([\d,\-*\s]+)$/s.exec(text.trim()) ?? [];
  // Without brackets it would be a guess where an IPv6 address ends.
  if (host === undefined || ports === undefined || (host.includes(':') && !host.startsWith('['))) {
    throw new ManagerConfigError(
      `${JSON.stringify(text)} is not host:port, such as sql01.corp.example:1433, *.corp.example:* or [fd00::]/8:5432`,
    );
  }
  return { text, host: parseHost(host, text), ports: parsePorts(ports, text) };
}

/**
 * Reads a host pattern without ports.
 * @throws ManagerConfigError
 */
export function parseRelayPattern(text: string): RelayPattern {
  return { text, host: parseHost(text.trim(), text) };
}

/** Whether a rule is about this port. */
export function hasPort({ ports }: TargetPattern, port: number): boolean {
  return ports.some(([first, last]) => port >= first && port <= last);
}

/** Whether a name, as {@link plainName} gives it, is meant. */
export function isNameOf(host: HostPattern, name: string): boolean {
  return host.type === 'any' || (host.type === 'name' && host.matches(name));
}

/** Whether an address, in any of its forms, is meant. */
export function isAddressOf(host: HostPattern, forms: readonly AddressNumber[]): boolean {
  if (host.type === 'any') return true;
  return host.type === 'address' && forms.some((form) => isInRange(form, host.range));
}

/** A DNS name as names are compared: lower case, without the dot of the root. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/\.+$/, '');
}

function parseHost(host: string, text: string): HostPattern {
  if (host === '*') return { type: 'any' };
  const [, bracketed, length = ''] = /^\[([^[\]/]+)\](\/\d+)?$/.exec(host) ?? [];
  const inside = /^\[([^[\]]+)\]$/.exec(host)?.[1];
  const range = parseRange(bracketed === undefined ? (inside ?? host) : bracketed + length);
  if (range !== undefined) return { type: 'address', range };
  const name = plainName(host);
  if (!/^(?:\*\.)?[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*$/.test(name) || name.length > 253) {
    throw new ManagerConfigError(`${JSON.stringify(text)} has a host that is neither a name nor an address`);
  }
  if (/^[\d.*]+$/.test(name)) {
    throw new ManagerConfigError(`${JSON.stringify(text)}: write ranges of addresses as 10.0.0.0/8`);
  }
  return { type: 'name', matches: nameMatcher(name) };
}

/** `*.` in front stands for one label or more; any other `*` for a part of one label. */
function nameMatcher(pattern: string): (name: string) => boolean {
  const isDeep = pattern.startsWith('*.');
  const labels = (isDeep ? pattern.slice(2) : pattern).split('.').map(labelMatcher);
  return (name) => {
    const given = name.split('.');
    const extra = given.length - labels.length;
    if (isDeep ? extra < 1 : extra !== 0) return false;
    return labels.every((matches, index) => matches(given[index + extra]!));
  };
}

/** In one pass: a policy with many `*` must not take long over a name. */
function labelMatcher(pattern: string): (label: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (label) => label === pattern;
  return (label) => {
    if (!label.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = label.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return label.length - at >= last.length && label.endsWith(last);
  };
}

function parsePorts(ports: string, text: string): TargetPattern['ports'] {
  if (ports.trim() === '*') return [[1, 65_535]];
  return ports.split(',').map((part) => {
    const [, first, last = first] = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part) ?? [];
    const range = [Number(first), Number(last)] as const;
    if (!(range[0] >= 1 && range[0] <= range[1] && range[1] <= 65_535)) {
      throw new ManagerConfigError(
        `${JSON.stringify(text)} has ports that make no sense: *, 1433, 80,443 or 5000-5999`,
      );
    }
    return range;
  });
}
