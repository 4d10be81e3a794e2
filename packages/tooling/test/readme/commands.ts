/**
 * Checks shell blocks: every script, command, option, package and file that they name must exist.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { manifestOf, packages, ROOT } from '../repository.js';
import type { Block } from './markdown.js';
import { type Command, commandsIn } from './shell-words.js';

const HYBRIDGE = 'packages/cli/bin/hybridge.js';

/** Scripts that npm has a command of its own for. */
const NPM_SHORTHANDS = new Set(['test', 'start', 'stop', 'restart']);
const NPM_INSTALLS = new Set(['install', 'i', 'add']);
/** What a reader's own application is called on every page. */
const READERS_OWN = 'app.js';

/** What is wrong with a block, a line each. */
export function commandProblems(block: Block): string[] {
  // Where a reader stands: at the root, until the block changes the folder.
  let folder = '.';
  return commandsIn(block.code).flatMap((command) => {
    const [name = '', ...rest] = command;
    if (name === 'cd' && existsSync(join(ROOT, folder, rest[0] ?? ''))) folder = join(folder, rest[0] ?? '');
    const problem = problemOf(command, folder, dirname(block.page));
    return problem === undefined ? [] : [`${block.page}:${block.line}: ${command.join(' ')}: ${problem}`];
  });
}

function problemOf([name = '', ...args]: Command, folder: string, pageFolder: string): string | undefined {
  const words = args.filter((word, index) => !word.startsWith('-') && args[index - 1] !== '--import');
  if (name === 'hybridge') return hybridgeProblem(args);
  if (name === 'npx') {
    const at = args.findIndex((word) => /^hybridge(@|$)/.test(word));
    return at < 0 ? undefined : hybridgeProblem(args.slice(at + 1));
  }
  if (name === 'npm') return npmProblem(words, folder);
  if (name === 'node') {
    const [file = ''] = words;
    if (file === HYBRIDGE) return hybridgeProblem(args.slice(args.indexOf(file) + 1));
    const known =
      ['', READERS_OWN].includes(file) ||
      [folder, pageFolder].some((from) => existsSync(join(ROOT, from, file)));
    return known ? undefined : 'there is no such file';
  }
  return undefined;
}

function npmProblem([verb = '', ...names]: readonly string[], folder: string): string | undefined {
  if (NPM_INSTALLS.has(verb)) {
    const published = packages().filter(({ manifest }) => manifest.private !== true);
    const ours = names.filter((name) => /^@hybridge\/|^hybridge/.test(name));
    const unknown = ours.find((name) => !published.some(({ manifest }) => manifest.name === name));
    return unknown === undefined ? undefined : `${unknown} is not a published package`;
  }
  const script = NPM_SHORTHANDS.has(verb) ? verb : names[0];
  if (script === undefined || !(NPM_SHORTHANDS.has(verb) || verb === 'run' || verb === 'run-script'))
    return undefined;
  const { scripts = {} } = manifestOf(existsSync(join(ROOT, folder, 'package.json')) ? folder : '.');
  return script in scripts ? undefined : `there is no script "${script}"`;
}

function hybridgeProblem(words: Command): string | undefined {
  // What stands after it belongs to the command that is run.
  const end = words.indexOf('--');
  const args = end < 0 ? words : words.slice(0, end);
  let at: string[] = [];
  // As deep as there are commands below commands.
  for (const word of args) {
    const known = commandsBelow(at);
    if (known.length === 0 || word.startsWith('-')) break;
    if (!known.includes(word)) return `there is no command "${[...at, word].join(' ')}"`;
    at = [...at, word];
  }
  // A line of the list of options: `  -V, --version   what it does`.
  const lists = help(at).match(/^ {2}-\S.*?(?= {2}|$)/gm) ?? [];
  const options = new Set(lists.flatMap((line) => line.match(/(?<![\w-])--?[a-zA-Z][a-z-]*/g) ?? []));
  const unknown = args
    .filter((word) => word.startsWith('-'))
    .map((word) => word.replace(/=.*$/s, ''))
    .find((word) => !options.has(word));
  return unknown === undefined ? undefined : `there is no option ${unknown}`;
}

function commandsBelow(subcommand: readonly string[]): string[] {
  const [, commands = ''] = /^Commands:\n((?:.+\n)+)/m.exec(help(subcommand)) ?? [];
  return [...commands.matchAll(/^ {2}([a-z-]+)/gm)].flatMap(([, name]) => name ?? []);
}

const helpTexts = new Map<string, string>();

function help(subcommand: readonly string[]): string {
  const key = subcommand.join(' ');
  const cached = helpTexts.get(key);
  if (cached !== undefined) return cached;
  const { status, stdout, stderr } = spawnSync(process.execPath, [HYBRIDGE, ...subcommand, '--help'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`hybridge ${key} --help failed; is it built (npm run build)?\n${stderr}`);
  helpTexts.set(key, stdout);
  return stdout;
}
