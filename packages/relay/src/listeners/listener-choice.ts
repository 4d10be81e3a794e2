/**
 * Which listeners a sender may be offered to.
 *
 * A sender can name listeners that it wants, or does not want, by the ids with which they listen; and the relay leaves
 * out those that it has tried in vain.
 *
 * Source: docs/protocol.md, section 2.10 (listener choice).
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';

/** A choice, as it travels with an offer. */
export interface ListenerChoice {
  /** Listeners' own ids; absent: any. */
  readonly allowed?: readonly string[];
  /** Listeners' own ids. */
  readonly disallowed?: readonly string[];
  /** Control channels that were tried already, by the relay's ids. */
  readonly tried?: readonly string[];
}

/** Reads what a sender asks for; `undefined` when it takes any listener. */
export function listenerChoice(headers: IncomingHttpHeaders): ListenerChoice | undefined {
  const allowed = idsIn(headers['microsoft-relay-allowedlisteners']);
  const disallowed = idsIn(headers['microsoft-relay-disallowedlisteners']);
  if (allowed === undefined && disallowed === undefined) return undefined;
  return { ...(allowed && { allowed }), ...(disallowed && { disallowed }) };
}

/**
 * Whether a listener is among those that are asked for.
 * @param channelId - the relay's id of its control channel
 * @param clientId - the id with which it listens
 */
export function isChosen(
  choice: ListenerChoice | undefined,
  channelId: string,
  clientId: string | undefined,
): boolean {
  if (choice === undefined) return true;
  const { allowed, disallowed, tried } = choice;
  if (tried?.includes(channelId)) return false;
  const id = clientId === undefined ? undefined : canonical(clientId);
  if (allowed !== undefined && (id === undefined || !allowed.includes(id))) return false;
  return id === undefined || !disallowed?.includes(id);
}

/** A header with no id in it asks for nothing. */
function idsIn(header: string | string[] | undefined): string[] | undefined {
  if (header === undefined) return undefined;
  const ids = String(header)
    .split(',')
    .map((item) => canonical(item.trim()))
    .filter((item) => item !== '');
  return ids.length === 0 ? undefined : ids;
}

/** Clients send a GUID, to which relays append suffixes such as `_G3`; .NET may write it in braces. */
function canonical(id: string): string {
  return id
    .toLowerCase()
    .replace(/^\{(.*)\}$/, '$1')
    .replace(/_.*$/, '');
}
