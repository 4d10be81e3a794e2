/** Versions of packages that this one depends on. @module */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The version of an installed package. @throws Error when it is not installed. */
export function versionOfPackage(name: string): string {
  return versionOf(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

function versionOf(manifest: string): string {
  return String(JSON.parse(readFileSync(join(dirname(manifest), 'package.json'), 'utf8')).version);
}
