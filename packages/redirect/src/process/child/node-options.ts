/**
 * What makes every Node process below a command load the redirection, whatever else is in `NODE_OPTIONS`.
 * @module
 */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `NODE_OPTIONS` with the redirection before what is there, since that may be an application's first import. */
export function nodeOptions(given: string | undefined, register: URL = registerModule()): string {
  // The address has no white space and no quotes in it: they are encoded.
  return [`--import=${register.href}`, given].filter(Boolean).join(' ');
}

/** The entry for `--import`, of this package as it is installed. */
function registerModule(): URL {
  const built = new URL('./register.js', import.meta.url);
  if (existsSync(fileURLToPath(built))) return built;
  // Read from the sources, as tests do, the module is in another folder.
  return new URL('../../../dist/register.js', import.meta.url);
}
