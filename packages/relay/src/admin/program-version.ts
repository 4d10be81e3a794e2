/**
 * The version of this program.
 * @module
 */
import { createRequire } from 'node:module';

let version: string | undefined;

/** As it stands in the package, which is found by its name: the same for what was built and for the sources. */
export function programVersion(): string {
  version ??= (createRequire(import.meta.url)('@hybridge/relay/package.json') as { version: string }).version;
  return version;
}
