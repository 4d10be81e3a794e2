/**
 * Bodies of resources as clients of Azure Resource Manager send them: an envelope around `properties`.
 *
 * Many read a resource, change a member and send it whole, so what is only for reading is taken and passed over. What is
 * not known at all is refused: a misspelt member that does nothing is worse than an error.
 * @module
 */
import { z } from 'zod';

/** Anything, and of no effect. */
const ignored = z.unknown().optional();

/** What only an answer says. */
const READ_ONLY = { id: ignored, name: ignored, type: ignored, etag: ignored, systemData: ignored };

/** A text that is shown again as it is. */
const label = z.string().max(256);

/** Labels that the owner chose: at most fifteen in Azure, here as many as fifty. */
const tags = z
  .record(z.string().min(1).max(512), label)
  .refine((value) => Object.keys(value).length <= 50, { error: 'must not be more than 50' });

/** Members of an envelope that are taken and passed over. */
export function ignoring<const Name extends string>(...names: Name[]): Record<Name, typeof ignored> {
  return Object.fromEntries(names.map((name) => [name, ignored])) as Record<Name, typeof ignored>;
}

/** What a part of an application or a namespace has: it is in a place, and has tags. */
export const TRACKED = { location: label.nullish(), tags: tags.nullish() };

/** An envelope. @param outside - members beside `properties` */
export function resourceBody<Properties extends z.ZodType, Outside extends z.ZodRawShape>(
  properties: Properties,
  outside: Outside,
) {
  return z.strictObject({ ...READ_ONLY, location: ignored, tags: ignored, ...outside, properties });
}

/** Without the members that are `undefined` or `null`, which mean the same here: nothing was said. */
export function said<Value extends object>(
  value: Value,
): { [Name in keyof Value]?: Exclude<Value[Name], null | undefined> } {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined && member !== null),
  ) as { [Name in keyof Value]?: Exclude<Value[Name], null | undefined> };
}
