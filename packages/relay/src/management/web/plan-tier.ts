/**
 * The tier of an application plan, in the words that Azure has for it.
 *
 * Only the tier counts here; sizes and versions of it are the same.
 *
 * Source: docs/management.md (plans and apps).
 * @module
 */
import { badRequest } from '@hybridge/service';
import type { PlanTier } from '../../model/model.js';

/** What a client may say: one of both is enough. */
export interface Sku {
  /** Such as `S1`, `P1v3`. */
  readonly name?: string | null | undefined;
  /** Such as `Standard`, `PremiumV3`. */
  readonly tier?: string | null | undefined;
}

/** @returns `undefined` when nothing was said. @throws RestError 400 when it is a tier without hybrid connections. */
export function tierOf(sku: Sku | null | undefined): PlanTier | undefined {
  const word = sku?.tier ?? sku?.name;
  if (word === undefined || word === null) return undefined;
  const tier = BY_TIER.find(([pattern]) => pattern.test(word))?.[1];
  if (tier !== undefined) return tier;
  const target = sku?.tier ? 'sku.tier' : 'sku.name';
  throw badRequest(
    'The tier must be Basic, Standard, Premium or Isolated: others have no hybrid connections.',
    target,
  );
}

const BY_TIER: readonly (readonly [RegExp, PlanTier])[] = [
  [/^(basic|b[1-3])$/i, 'Basic'],
  [/^(standard|s[1-3])$/i, 'Standard'],
  [/^(premium(0?v[2-4])?|p[0-5](m?v[2-4])?)$/i, 'Premium'],
  [/^(isolated(v2)?|i[1-6](m?v2)?)$/i, 'Isolated'],
];
