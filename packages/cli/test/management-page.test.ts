/**
 * What the pages show of the commands of management is true: each block is run against a new relay, line by line.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SUBCOMMANDS } from '../src/subcommands.js';
import { managedRelay } from './managed-relay.js';

const ROOT = new URL('../../../', import.meta.url);
/** Whether a line is a command of management; those of another address are left out. */
function isManagement(line: string): boolean {
  const [, name] = /^hybridge ([\w-]+)/.exec(line) ?? [];
  return (
    existsSync(new URL(`packages/cli/src/management/${name}-command.ts`, ROOT)) && !line.includes('--relay ')
  );
}

/** Commands of the blocks of a page that are of nothing but management. What goes to a file is dropped. */
function blocksOf(page: string): string[][] {
  const text = readFileSync(new URL(page, ROOT), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)]
    .map(([, block]) => block!.trimEnd().split('\n'))
    .filter((lines) => lines.every(isManagement))
    .map((lines) => lines.map((line) => line.replace(/ > \S+$/, '').replace(/ +#.*$/, '')));
}

describe.each([
  { page: 'docs/management.md' },
  { page: 'docs/guides/running-a-relay.md' },
  { page: 'packages/cli/README.md' },
])('$page', ({ page }) => {
  it('shows commands that work', async () => {
    const blocks = blocksOf(page);
    expect(blocks).not.toEqual([]);
    const relay = await managedRelay();
    for (const line of blocks.flat()) {
      const { code, stderr } = await relay.hybridge(line.split(' ').slice(1));
      expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
    }
  });
});

it('docs/management.md names every command of management', () => {
  const text = readFileSync(new URL('docs/management.md', ROOT), 'utf8');
  const [, listed = ''] = /^```text\n(hybridge status.*?)^```$/ms.exec(text) ?? [];
  const named = [...listed.matchAll(/^hybridge (\S+)/gm)].map(([, name]) => name);
  const all = SUBCOMMANDS.map(({ name }) => name);
  expect(named.sort()).toEqual(all.filter((name) => isManagement(`hybridge ${name}`)).sort());
});
