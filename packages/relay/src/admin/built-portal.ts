/**
 * Where the portal is.
 * @module
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Beside the built package, which is found by its name, so that the sources find it, too. */
export function builtPortal(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@hybridge/relay')), 'portal');
}
