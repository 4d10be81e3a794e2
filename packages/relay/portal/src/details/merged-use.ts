/**
 * Who uses the keys of a namespace's policy, out of what each of its hybrid connections says.
 * @module
 */
import type { KeySlot, KeyUsers, PolicyUse } from '../api/types.js';

/** All of them together; each sender, listener and app once. @param name - of the policy, for when nobody says anything */
export function mergedUse(uses: readonly PolicyUse[], name: string): PolicyUse {
  const keys = (slot: KeySlot): KeyUsers => {
    const all = uses.map((use) => use.keys[slot]);
    const lastUsedAt = all
      .flatMap((each) => each.lastUsedAt ?? [])
      .sort()
      .at(-1);
    return {
      changedAt: all[0]?.changedAt ?? '',
      ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
      listeners: once(
        all.flatMap(({ listeners }) => listeners),
        ({ id }) => id,
      ),
      recentSenders: once(
        all.flatMap(({ recentSenders }) => recentSenders),
        ({ remoteAddress }) => remoteAddress,
      ),
    };
  };
  return {
    level: 'namespace',
    name,
    rights: uses[0]?.rights ?? [],
    keys: { primary: keys('primary'), secondary: keys('secondary') },
    apps: once(
      uses.flatMap(({ apps }) => apps),
      ({ subscription, app }) => `${subscription}/${app}`,
    ),
  };
}

function once<T>(all: readonly T[], keyOf: (each: T) => string): readonly T[] {
  return [...new Map(all.map((each) => [keyOf(each), each])).values()];
}
