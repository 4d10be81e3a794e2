/**
 * Checks the packages as they would be published, and the workspace for what nobody uses. A line a check.
 *
 * Each published package is packed once, with workspace ranges replaced, and that tarball is what publint (strict) and
 * "are the types wrong" look at. Needs a build.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = fileURLToPath(new URL('../../', import.meta.url));
const resolve = createRequire(import.meta.url).resolve;

/** What a published tarball must hold. */
const NEEDED_FILES = ['README.md', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts'];
/** The licence is not in pnpm's list: it adds the root's, unless the package has one. */
const LICENCE_ENTRY = 'package/LICENSE\0';
/** What it must not. */
const UNWANTED_FILES = /\.test\.|\.tsbuildinfo$|(^|\/)\./;

/** Runs a program of Node's and gives back what it said. */
function run(script, args, cwd = root) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (said.out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (said.err += text));
    child.once('error', fail);
    child.once('close', (status) => done({ status, out: said.out, all: said.out + said.err }));
  });
}

let failed = 0;

/** Prints the outcome. @param problems - texts; none is a pass */
function report(check, problems) {
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${check}`);
  for (const problem of problems) console.log(problem.trimEnd().replace(/^/gm, '     '));
  if (problems.length > 0) failed += 1;
}

const published = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name, 'package.json'))
  .filter((path) => existsSync(path))
  .map((path) => JSON.parse(readFileSync(path, 'utf8')))
  .filter((manifest) => manifest.private !== true);

async function checkPackage(manifest, { filename, files }) {
  const paths = files.map(({ path }) => path);
  const packed = readFileSync(filename);
  report(`${manifest.name}: what is in the package`, [
    ...NEEDED_FILES.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
    ...(gunzipSync(packed).includes(LICENCE_ENTRY) ? [] : ['LICENSE is missing']),
    ...paths.filter((path) => UNWANTED_FILES.test(path)).map((path) => `${path} should not be there`),
  ]);

  const tarball = new Uint8Array(packed).buffer;
  const { messages, pkg } = await publint({ strict: true, pack: { tarball } });
  report(
    `${manifest.name}: publint --strict`,
    messages.map((message) => `${message.type}: ${formatMessage(message, pkg, { color: false })}`),
  );

  const attw = resolve('@arethetypeswrong/cli/package.json').replace(/package\.json$/, 'dist/index.js');
  const types = await run(attw, [filename, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji']);
  report(`${manifest.name}: are the types wrong (ESM only)`, types.status === 0 ? [] : [types.all]);
}

const destination = mkdtempSync(join(tmpdir(), 'hybridge-pack-'));
try {
  const filters = published.flatMap(({ name }) => ['--filter', name]);
  const pnpm = join(root, 'packages/tooling/pnpm.mjs');
  const packed = await run(pnpm, [...filters, '-r', 'pack', '--json', '--pack-destination', destination]);
  if (packed.status !== 0) throw new Error(`pnpm pack failed:\n${packed.all}`);
  const tarballs = [JSON.parse(packed.out.slice(packed.out.search(/^[[{]/m)))].flat();
  for (const manifest of published) {
    await checkPackage(
      manifest,
      tarballs.find(({ name }) => name === manifest.name),
    );
  }

  const knip = resolve('knip').replace(/dist.*$/, 'bin/knip.js');
  const unused = await run(knip, [
    '--config',
    'packages/tooling/knip.json',
    '--no-progress',
    '--no-config-hints',
  ]);
  report(
    'the workspace: knip (unused files, exports and dependencies)',
    unused.status === 0 ? [] : [unused.all],
  );
} finally {
  rmSync(destination, { recursive: true });
}
console.log(failed === 0 ? '\nAll checks passed.' : `\n${failed} checks failed.`);
process.exitCode = failed === 0 ? 0 : 1;
