/**
 * Takes out of a package's dist/ what earlier builds left there, so that it is not published.
 *
 * A build overwrites what it makes and removes nothing, since programs that were started from dist/ still load parts of it.
 * What is gone from the sources, or was split in another way, stays behind. Runs before a package is packed (`prepack`), in
 * its folder.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A part of a bundle, named by what it holds. Everything else that is JavaScript is an entry, named as its source. */
const CHUNK = /-[A-Z0-9]{8}\.js$/;

/** Removes what no source accounts for. @param folder - of the package @returns what was removed, from dist/ */
export function pruneDist(folder) {
  const removed = [...staleDeclarations(folder), ...staleScripts(folder)];
  for (const path of removed) rmSync(join(folder, 'dist', path), { force: true });
  return removed;
}

function staleDeclarations(folder) {
  return readdirSync(join(folder, 'dist'), { recursive: true })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => {
      const [, stem] = /^(.+)\.d\.ts(?:\.map)?$/.exec(path) ?? [];
      return stem !== undefined && !existsSync(join(folder, 'src', `${stem}.ts`));
    });
}

function staleScripts(folder) {
  const scripts = readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.js'));
  const hasSource = (name) => existsSync(join(folder, 'src', name.replace(/\.js$/, '.ts')));
  const reached = new Set(scripts.filter((name) => !CHUNK.test(name) && hasSource(name)));
  // A set is walked through to its end, what is added meanwhile included.
  for (const name of reached) {
    const text = readFileSync(join(folder, 'dist', name), 'utf8');
    for (const [, part] of text.matchAll(/["'`]\.\/([\w.-]+\.js)["'`]/g)) {
      if (scripts.includes(part)) reached.add(part);
    }
  }
  return scripts.filter((name) => !reached.has(name)).flatMap((name) => [name, `${name}.map`]);
}

if (process.argv[1] !== undefined && basename(process.argv[1]) === basename(fileURLToPath(import.meta.url))) {
  const removed = pruneDist(process.cwd());
  if (removed.length > 0) console.error(`${removed.length} files of earlier builds were taken out of dist/`);
}
