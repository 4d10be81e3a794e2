/**
 * What can be typed into the forms. The relay checks again; here it is said sooner.
 *
 * Source: docs/protocol.md, section 6; `model/grammar.ts` of the relay.
 * @module
 */

/** @returns what is wrong with the name of a hybrid connection, if anything */
export function checkName(name: string): string | undefined {
  if (name === '') return 'Give it a name.';
  if (name.length > 260) return 'At most 260 characters.';
  if (/^[/]|[/]$|[/]{2}/.test(name)) return 'A slash stands between two parts of a name.';
  if (!/^[\w./-]+$/.test(name)) return 'Letters, digits, and . - _ / only.';
  if (name.split('/').some((part) => part === '.' || part === '..')) return 'No part may be . or ..';
  return undefined;
}

/** @returns what is wrong with the name of a host, if anything */
export function checkHost(host: string): string | undefined {
  if (host === '') return 'Which host does it lead to?';
  if (/^[a-z]+:\/\//i.test(host)) return 'The name alone, without http:// or the like.';
  if (host.includes(':')) return 'The port has a field of its own; IPv6 addresses cannot be used.';
  if (!/^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*[\p{L}\p{N}_.])?$/u.test(host) || host.includes('..')) {
    return 'A DNS name, a machine name or an IPv4 address.';
  }
  if (host.length > 253) return 'At most 253 characters.';
  return undefined;
}

/** @returns what is wrong with a port, if anything */
export function checkPort(port: string): string | undefined {
  if (port === '') return 'Which port?';
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return 'From 1 to 65535.';
  return undefined;
}

/** @returns what is wrong with the name of a namespace, if anything */
export function checkNamespace(name: string): string | undefined {
  if (name === '') return 'Give it a name.';
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name) || name.length > 253) {
    return 'A DNS name: letters, digits, hyphens and dots.';
  }
  return undefined;
}

/** @returns what is wrong with the name of an app or a plan, if anything */
export function checkLabel(name: string): string | undefined {
  if (name === '') return 'Give it a name.';
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.()-]*$/u.test(name) || name.length > 128) {
    return 'Letters, digits and _ - . ( ), at most 128.';
  }
  return undefined;
}

/**
 * The metadata that names the endpoint, with all else that was in it. Source: docs/protocol.md, section 6.1.
 * @param before - what was there; if it is not a list of items, it goes
 */
export function endpointMetadata(host: string, port: string, before = '[]'): string {
  const others = itemsIn(before).filter((item) => (item as { key?: unknown } | null)?.key !== 'endpoint');
  return JSON.stringify([{ key: 'endpoint', value: `${host}:${port}` }, ...others]);
}

function itemsIn(metadata: string): readonly unknown[] {
  try {
    const items: unknown = JSON.parse(metadata);
    return Array.isArray(items) ? items : [];
  } catch {
    return [];
  }
}
