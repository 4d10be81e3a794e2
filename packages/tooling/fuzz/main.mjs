/**
 * `npm run fuzz`: every property of the workspace, for as long as is asked for.
 *
 * The properties are those of `npm test`; docs/fuzzing.md says what they cover. Ends with 1 when one of them fails or
 * does not come back, and says then how to see that again.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const USAGE = `npm run fuzz -- [--minutes N] [--only NAME] [--seed N] [--path P]
  --minutes  how long, all properties together (5)
  --only     the properties of files whose path contains NAME, or else the tests whose name does
  --seed     begins where an earlier run began; printed by each
  --path     the counterexample of that run, with --seed and --only`;
/** After its time, a property may still make its counterexample smaller. Longer than that, and it hangs. */
const GRACE_MS = 120_000;

const options = read();
process.exitCode = await main();

function read() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '5' },
        only: { type: 'string' },
        seed: { type: 'string' },
        path: { type: 'string' },
      },
    });
    const minutes = Number(values.minutes);
    const seed = values.seed === undefined ? (Date.now() ^ process.pid) | 0 : Number(values.seed);
    if (!(minutes > 0)) throw new Error('--minutes takes a number above 0');
    if (!Number.isInteger(seed)) throw new Error('--seed takes a whole number');
    return { ...values, minutes, seed };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

async function main() {
  const all = filesWithProperties();
  const { only, minutes, seed, path } = options;
  const named = only === undefined ? all : all.filter(({ file }) => file.includes(only));
  const byTest = named.length === 0;
  const files = byTest ? all : named;
  const workers = byTest ? 1 : Math.min(availableParallelism(), files.length);
  const properties = byTest ? 1 : files.reduce((sum, { count }) => sum + count, 0);
  const budgetMs = Math.max(200, Math.round((minutes * 60_000 * Math.min(workers, properties)) / properties));
  const about = byTest ? `the tests named ${JSON.stringify(only)}` : `${properties} properties`;
  console.log(`seed ${seed}: ${about}, ${(budgetMs / 1000).toFixed(1)} s each, ${workers} at a time`);

  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  const journal = join(folder, 'journal');
  writeFileSync(journal, '');
  try {
    const { code, output, hung } = await runTests({
      files: files.map(({ file }) => file),
      args: byTest ? ['--testNamePattern', escaped(only)] : [],
      workers,
      budgetMs,
      journal,
      total: byTest ? undefined : properties,
      env: { HYBRIDGE_FUZZ_SEED: String(seed), ...(path !== undefined && { HYBRIDGE_FUZZ_PATH: path }) },
    });
    const { ended, runs } = readJournal(journal);
    if (code !== 0) report(output, ended, hung);
    console.log(`${runs.toLocaleString('en')} runs of ${ended.length} properties, seed ${seed}`);
    for (const { test, runs: count } of ended) console.log(`  ${String(count).padStart(9)}  ${test}`);
    if (ended.length === 0) console.log('nothing has that name');
    return code === 0 && ended.length > 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function filesWithProperties() {
  const tests = readdirSync(join(ROOT, 'packages'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('node_modules'));
  return tests
    .map((path) => ({
      file: relative(ROOT, path).replaceAll('\\', '/'),
      count: propertiesIn(readFileSync(path, 'utf8')),
    }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** One for each assertion; a file that makes several of one, for a table, says `@properties` and how many. */
function propertiesIn(source) {
  const told = /@properties (\d+)/.exec(source)?.[1];
  return told === undefined ? source.split('fc.assert(').length - 1 : Number(told);
}

function runTests({ files, args, workers, budgetMs, journal, total, env }) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        join(ROOT, 'node_modules/vitest/vitest.mjs'),
        ...['run', '--root', ROOT, '--config', join(ROOT, 'packages/tooling/vitest.config.ts')],
        ...[`--maxWorkers=${workers}`, '--reporter=default', '--no-color', ...args, ...files],
      ],
      {
        env: {
          ...process.env,
          ...env,
          HYBRIDGE_FUZZ_MS: String(budgetMs),
          HYBRIDGE_FUZZ_JOURNAL: journal,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: process.platform !== 'win32', // so that it can be ended together with its workers
      },
    );
    const end = () => {
      if (process.platform === 'win32') child.kill('SIGKILL');
      else process.kill(-child.pid, 'SIGKILL');
    };
    process.once('SIGINT', () => {
      end();
      process.exit(130);
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));

    const started = performance.now();
    const firstSeen = new Map();
    let hung;
    const watch = setInterval(() => {
      const { ended, running, runs } = readJournal(journal);
      const seconds = Math.round((performance.now() - started) / 1000);
      progress(`${seconds} s: ${ended.length}${total ? ` of ${total}` : ''} properties, ${count(runs)} runs`);
      for (const test of running) {
        if (!firstSeen.has(test)) firstSeen.set(test, performance.now());
        if (performance.now() - firstSeen.get(test) < budgetMs + GRACE_MS) continue;
        hung = test;
        end();
      }
      for (const test of firstSeen.keys()) if (!running.includes(test)) firstSeen.delete(test);
    }, 1000);
    child.once('exit', (code) => {
      clearInterval(watch);
      progress('');
      resolve({ code: code ?? 1, output, hung });
    });
  });
}

/** What the properties have told so far. */
function readJournal(path) {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  const running = [];
  const ended = [];
  for (const line of lines) {
    if (line.began) {
      running.push(line.test);
    } else {
      running.splice(running.indexOf(line.test), 1);
      ended.push(line);
    }
  }
  return { running, ended, runs: ended.reduce((sum, { runs }) => sum + runs, 0) };
}

function report(output, ended, hung) {
  console.log(output);
  const again = (test, seed, path) =>
    `  npm run fuzz -- --only ${JSON.stringify(test.split(' > ').at(-1))} --seed ${seed}${path ? ` --path ${path}` : ''}`;
  const failed = ended.filter((line) => line.failed);
  for (const { test, seed, path } of failed) console.log(`${test}\n${again(test, seed, path)}`);
  if (hung !== undefined) console.log(`${hung}\n  did not come back\n${again(hung, options.seed)}`);
}

function progress(text) {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${text}`);
  else if (text !== '' && Number.parseInt(text, 10) % 30 === 0) console.log(text);
}

function count(number) {
  return number.toLocaleString('en');
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
