/**
 * What makes every Node process below a command load the redirection, whatever else is in `NODE_OPTIONS`.
 * @module
 */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Marks the entry where nobody asked for it but a process above: what a child is started with is its own matter, and one that
 * has no configuration is not redirected.
 */
const INHERITED = '#inherited';

/** The entry by its name, as a person writes it. Node looks for that from the working folder, which a child may not share. */
const NAME = '@hybridge/redirect/register';
const BY_NAME = /(?<![^\s])--import(?:=|\s+)("?)@hybridge\/redirect\/register\1(?!\S)/g;

/**
 * `NODE_OPTIONS` with the redirection once, before what is there, since that may be an application's first import.
 * @param register - its place: the same for children in whatever folder
 */
export function nodeOptions(given = '', register: URL = registerModule()): string {
  // The address has no white space and no quotes in it: they are encoded.
  const ours = `--import=${inherited(register)}`;
  const plain = `--import=${plainly(register)}`;
  const others = given.replaceAll(ours, '').replaceAll(plain, '').replace(BY_NAME, '').trim();
  return others === '' ? ours : `${ours} ${others}`;
}

/** The options that this process was started with, and a child by `fork()` is, with the redirection at its place. */
export function execArgv(given: readonly string[], register: URL): string[] {
  const entries = new Set([NAME, plainly(register)]);
  return given.map((arg) => {
    const [, option = '', entry = ''] = /^(--import=)?(.*)$/s.exec(arg) ?? [];
    return entries.has(entry) ? `${option}${inherited(register)}` : arg;
  });
}

/** Whether the entry was loaded because a process above is redirected. @param register - the entry's own address */
export function isInherited(register: URL): boolean {
  return register.hash === INHERITED;
}

function inherited(register: URL): string {
  return new URL(INHERITED, register).href;
}

function plainly(register: URL): string {
  return register.href.replace(/#.*$/, '');
}

/** The entry for `--import`, of this package as it is installed. */
function registerModule(): URL {
  const built = new URL('./register.js', import.meta.url);
  if (existsSync(fileURLToPath(built))) return built;
  // Read from the sources, as tests do, the module is in another folder.
  return new URL('../../../dist/register.js', import.meta.url);
}
