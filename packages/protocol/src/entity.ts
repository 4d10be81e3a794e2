/**
 * Which hybrid connection a path means.
 *
 * Names may hold slashes, and a sender may add more path behind them; so the longest registered name that is a
 * whole-segment prefix wins, and the rest is the suffix. Letter case does not matter.
 *
 * Source: docs/protocol.md, section 1.4 (names and path matching).
 * @module
 */
import { MAX_ENTITY_PATH_CHARS } from './limits.js';
import { trimRun } from './percent.js';

/** What a path led to. */
export interface EntityMatch<T> {
  readonly entity: T;
  /** The rest of the path, as the sender spelled it, with its slash: `/tenants/7`; empty when there is none. */
  readonly suffix: string;
}

/** The key under which a hybrid connection is kept: lower case, no slashes at its ends. */
export function entityKey(path: string): string {
  return trimRun(path, '/').toLowerCase();
}

/**
 * Finds the hybrid connection that a decoded path means.
 *
 * Longest candidate first. Only prefixes up to 512 characters are tried, so a path of slashes costs no more than a long one.
 *
 * @param path - decoded, as `UpgradeTarget.path` holds it.
 * @param find - looks a key up, see {@link entityKey}.
 */
export function matchEntity<T>(
  path: string,
  find: (key: string) => T | undefined,
): EntityMatch<T> | undefined {
  const whole = path.replace(/^\/+/, '');
  let end = whole.length;
  if (end > MAX_ENTITY_PATH_CHARS) end = whole.lastIndexOf('/', MAX_ENTITY_PATH_CHARS);
  for (; end > 0; end = whole.lastIndexOf('/', end - 1)) {
    const entity = find(whole.slice(0, end).toLowerCase());
    if (entity === undefined) continue;
    const suffix = whole.slice(end);
    return { entity, suffix: suffix === '/' ? '' : suffix };
  }
  return undefined;
}
