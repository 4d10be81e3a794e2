/**
 * Every example runs, shows what it is for, and ends by itself.
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findMariadb } from '../src/services/mariadb.js';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** What each shows, and so must print. */
const SHOWN: Readonly<Record<string, readonly RegExp[]>> = {
  postgres: [/'Grace' +│ 'New York'/, /Ada is in Paris/],
  mysql: [/'lamp' +│ 30/, /a lamp is 60 now/],
  'sql-server': [/'Grace' +│ 'New York' +│ 6100/, /together: 16000/, /a report of 1,560,000 characters/],
  'http-api': [/201 \{ id: 2, what: 'a desk' \}/, /'a lamp'/, /without a token: 401/],
  'custom-service': [/4 words in "the quick brown fox"/, /0 words in ""/],
  'two-networks': [/'Oslo' +│ 200/, /'Rome' +│ 150/, /together: 350/],
  'unchanged-app': [/db\.corp\.example is 127\.77\./, /'Ada' +│ 'London'/],
};

/** Those that other tests run, beside what they are examples of. */
const ELSEWHERE = ['demo', 'php', 'java'];

const names = readdirSync(EXAMPLES).filter((name) => existsSync(`${EXAMPLES}${name}/index.js`));

it('has every example in this table, and in the list for people', () => {
  const runnable = names.filter((name) => name !== 'stage' && !ELSEWHERE.includes(name));
  expect(runnable.sort()).toEqual(Object.keys(SHOWN).sort());
  const list = readFileSync(`${EXAMPLES}README.md`, 'utf8');
  for (const name of names) expect(list).toContain(`(${name})`);
});

/** Those that need a server of this machine; what is missing has been said. */
const isMissing = (name: string) => name === 'mysql' && findMariadb().missing !== undefined;

it.for(Object.entries(SHOWN))('runs %s', { timeout: 60_000 }, async ([name, shown], { skip }) => {
  skip(isMissing(name), 'what it needs is not installed');
  const example = spawn(process.execPath, [`${EXAMPLES}${name}/index.js`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise((resolve) => example.once('exit', resolve));
  const [stdout, stderr] = await Promise.all([text(example.stdout), text(example.stderr)]);
  expect({ code: await exit, stderr }).toEqual({ code: 0, stderr: '' });
  for (const pattern of shown) expect(stdout).toMatch(pattern);
});
