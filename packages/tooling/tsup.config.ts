/**
 * How every package becomes JavaScript: ESM only, one file an entry. Declarations come from `tsc -b`.
 *
 * Run from the package's own folder. Entries are `src/index.ts`, a command's `src/main.ts`, a `src/register.ts`
 * that is loaded before an application, and each `src/*-process.ts`, which is started as a process of its own. A package with a `portal/` has pages for browsers in
 * it, which become `dist/portal/` with everything that they need.
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

/** What all pages for browsers are made of. */
const UI = '../ui';

const forNode: Options = {
  entry: readdirSync('src')
    .filter((file) => /^(index|main|register|.+-process)\.ts$/.test(file))
    .map((file) => `src/${file}`),
  format: ['esm'],
  dts: false,
  sourcemap: true,
  target: 'node20',
  platform: 'node',
  silent: true,
};

const forBrowsers: Options = {
  entry: { portal: 'portal/src/main.ts', styles: 'portal/src/portal.css' },
  outDir: 'dist/portal',
  publicDir: 'portal/public',
  format: ['esm'],
  dts: false,
  minify: true,
  treeshake: true,
  target: ['es2022', 'chrome123', 'firefox121', 'safari17.5'],
  platform: 'browser',
  noExternal: [/.*/],
  outExtension: () => ({ js: '.js' }),
  silent: true,
  onSuccess: async () => {
    writeFileSync('dist/portal/index.html', page());
    // Not by the name of a licence: pnpm would take it for the package's own, and leave that out.
    writeFileSync('dist/portal/third-party.txt', licences());
  },
};

/** The one page, which the script fills. Until it does, the title is the package's last name. */
function page(): string {
  const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
  const title = name.slice(name.lastIndexOf('/') + 1).replace(/^./, (letter: string) => letter.toUpperCase());
  return readFileSync(`${UI}/src/page.html`, 'utf8').replace('{title}', title);
}

/** The licences of what the pages bring along: all that they are made of depends on one package. */
function licences(): string {
  const { dependencies } = JSON.parse(readFileSync(`${UI}/package.json`, 'utf8'));
  return Object.entries(dependencies)
    .map(([name, version]) => {
      const licence = readFileSync(`${UI}/node_modules/${name}/LICENSE`, 'utf8');
      return `${name} ${version}\n\n${licence.trim()}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

export default defineConfig(existsSync('portal') ? [forNode, forBrowsers] : forNode);
