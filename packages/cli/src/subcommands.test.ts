import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SUBCOMMANDS } from './subcommands.js';

/** What takes long to load: the relay with zod, jose and yaml, the manager with zod and yaml. */
const HEAVY = ['@hybridge/relay', '@hybridge/manager', '@hybridge/listener'];

/** The packages that a module imports as it is loaded, be it through others of this package. */
function packagesOf(file: URL, seen = new Set<string>()): string[] {
  if (seen.has(file.href)) return [];
  seen.add(file.href);
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm)];
  return imports.flatMap(([, name = '']) => {
    if (!name.startsWith('.')) return name.startsWith('node:') ? [] : [name];
    return packagesOf(new URL(name.replace(/\.js$/, '.ts'), file), seen);
  });
}

function heavyIn(path: string): string[] {
  const all = packagesOf(new URL(path, import.meta.url));
  return HEAVY.filter((name) => all.includes(name));
}

describe('a start', () => {
  it('loads none of the large packages', () => {
    expect(packagesOf(new URL('main.ts', import.meta.url))).toContain('commander');
    expect(heavyIn('main.ts')).toEqual([]);
    expect(heavyIn('index.ts')).toEqual([]);
  });

  it('of a relay or a manager loads what it needs', () => {
    expect(heavyIn('relay/run-command.ts')).toEqual(['@hybridge/relay']);
    expect(heavyIn('manager/run-manager.ts')).toEqual(['@hybridge/manager']);
  });

  it.each(
    SUBCOMMANDS.map(({ name }) => name).filter((name) => !['relay', 'connection-string'].includes(name)),
  )('of %s loads none of the large packages', (name) => {
    const path = ['', 'management/', 'redirect/', 'manager/']
      .map((folder) => `${folder}${name}-command.ts`)
      .find((each) => existsSync(new URL(each, import.meta.url)));
    expect(heavyIn(path!)).toEqual([]);
  });

  it.each(SUBCOMMANDS)('of $name finds the command of that name', async ({ name, load }) => {
    const surroundings = {
      stdout: { write: () => {} },
      stderr: { write: () => {} },
      env: {},
      interrupts: () => {
        throw new Error('It runs, although it should not');
      },
    };
    expect((await load())(surroundings, () => {}).name()).toBe(name);
  });
});
