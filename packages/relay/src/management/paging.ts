/**
 * Long lists, a page at a time.
 *
 * A page ends with the name that it ends with: one that begins there is right whatever was added or deleted meanwhile,
 * which a number would not be.
 * @module
 */
import { badRequest } from '@hybridge/service';
import { z } from 'zod';

/** Entries of a page that nobody asked to be larger or smaller. */
const DEFAULT_PAGE = 100;
/** A page of hybrid connections with full notes is about two megabytes then. */
const MAX_PAGE = 1_000;

/** What a list can be asked. Both spellings of the second are in use. */
export const pageQuery = z.object({
  $top: z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(MAX_PAGE, { error: `must not be more than ${MAX_PAGE}` })
    .optional()
    .meta({ description: `Entries of a page, ${DEFAULT_PAGE} unless given.` }),
  $skipToken: z.string().optional().meta({ description: 'Where the page begins, from a `nextLink`.' }),
});

/** What a list was asked. */
export type PageQuery = z.output<typeof pageQuery>;

/** One page, as Azure Resource Manager has it. */
export interface Page<Item> {
  readonly value: readonly Item[];
  readonly nextLink?: string;
}

/**
 * Takes a page out of a list.
 * @param keyOf - a name that no other item has, the same in any case
 * @param url - what was asked for
 * @throws RestError when the token is none of ours.
 */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { query, url }: { readonly query: PageQuery; readonly url: URL },
): Page<Item> {
  const size = query.$top ?? DEFAULT_PAGE;
  const sorted = items
    .map((item) => ({ item, key: keyOf(item).toLowerCase() }))
    .sort((one, other) => compare(one.key, other.key));
  const after = query.$skipToken === undefined ? undefined : keyIn(query.$skipToken);
  const begin = after === undefined ? 0 : sorted.findIndex(({ key }) => compare(key, after) > 0);
  if (begin === -1) return { value: [] };
  const page = sorted.slice(begin, begin + size);
  const value = page.map(({ item }) => item);
  return begin + size >= sorted.length ? { value } : { value, nextLink: linkAfter(url, page.at(-1)!.key) };
}

function linkAfter(url: URL, key: string): string {
  const link = new URL(url);
  link.searchParams.delete('$skiptoken');
  link.searchParams.set('$skipToken', Buffer.from(key).toString('base64url'));
  return link.href;
}

function keyIn(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (Buffer.from(key).toString('base64url') !== token) {
    throw badRequest('The value of $skipToken is not one that a nextLink had.', '$skipToken');
  }
  return key;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
