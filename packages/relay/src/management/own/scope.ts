/**
 * What this relay's own lists can be asked.
 * @module
 */
import { z } from 'zod';

/** Narrows to a namespace, or to one of its hybrid connections. */
export const SCOPE = {
  namespace: z.string().min(1).max(260).optional(),
  hybridConnection: z.string().min(1).max(260).optional(),
};

/** How many at most. */
export function limit(usual: number, most: number) {
  return z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(most, { error: `must not be more than ${most}` })
    .default(usual);
}

/** A point in time. */
export const time = z
  .string()
  .max(40)
  .refine((text) => /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)), {
    error: 'must be a time in ISO 8601',
  });
