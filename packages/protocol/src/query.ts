/**
 * Which part of a query is the relay's own, and what is left of it for the application.
 *
 * The relay's are the pairs whose name starts with `sb-hc-`, in any case, wherever they stand. Everything else belongs
 * to the application and reaches the listener byte for byte: order, duplicates, empty items and escapes included.
 *
 * Source: docs/protocol.md, section 1.3 (stripping and pass-through).
 * @module
 */
import { decodeForm, encodeQuery, trimRun } from './percent.js';

/** A query taken apart. */
export interface SplitQuery {
  /** Items that are the application's, in order, as they stand. */
  readonly app: readonly string[];
  /** The relay's parameters: lower-case name, decoded value. Of several alike the last counts. */
  readonly relay: ReadonlyMap<string, string>;
}

/**
 * Removes the relay's own parameters from a query.
 *
 * What is left is byte-identical, but for characters that may not stand in a URL (encoded), the hex digits of non-ASCII
 * escapes (upper-cased) and spaces at the end (dropped): so the live service does it too.
 *
 * @param rawQuery - as it stood in the request, with or without its `?`.
 * @returns the application's query with its `?`, or the empty string where nothing is left.
 */
export function stripRelayQuery(rawQuery: string): string {
  return joinQuery(splitQuery(rawQuery).app);
}

/** Takes a query apart. @param rawQuery - with or without its `?`. */
export function splitQuery(rawQuery: string): SplitQuery {
  const app: string[] = [];
  const relay = new Map<string, string>();
  for (const item of trimRun(rawQuery.replace(/^\?/, ''), ' ', 'end').split('&')) {
    const pair = relayPair(item);
    if (pair === undefined) app.push(item);
    else relay.set(pair.name, pair.value);
  }
  return { app, relay };
}

/** Puts the application's items together again: `?…`, or nothing. */
export function joinQuery(items: readonly string[]): string {
  const query = encodeQuery(items.join('&'));
  return query === '' ? '' : `?${query}`;
}

/** hyco-https writes `?null?sb-hc-token=…` for an address that has no query: the `null?` is part of its pair. */
const RELAY_PAIR = /^(?:null\?)?(sb-hc-[^=]*)=(.*)$/is;

/** A name with no `=` is not a pair: the live service leaves it to the application. */
function relayPair(item: string): { name: string; value: string } | undefined {
  const [, name, value] = RELAY_PAIR.exec(item) ?? [];
  return name === undefined || value === undefined
    ? undefined
    : { name: name.toLowerCase(), value: decodeForm(value) };
}
