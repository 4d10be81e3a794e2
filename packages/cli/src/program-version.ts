/**
 * The version of this program.
 * @module
 */
import { readFileSync } from 'node:fs';

/** As in the package: one folder above the sources, and above what is built of them. */
export function programVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
