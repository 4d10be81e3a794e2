/**
 * Runs `install` and `uninstall` of a program as a command line does, on a machine that is made up.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Command } from 'commander';
import type { InstallHost } from '../src/installation/install-host.js';
import type { Surroundings } from '../src/surroundings.js';

/** Of somebody. */
export const HOME = join('/', 'home', 'ada');

const HOST: InstallHost = {
  ...{ platform: 'linux', uid: 0, node: '/usr/bin/node', script: '/usr/bin/hybridge', home: HOME },
  stat: () => ({ uid: 0, gid: 0, mode: 0o755 }),
  realpath: (path) => path,
  unreadable: () => [],
  run: () => {
    throw new Error('nothing is to be run');
  },
};

/** Programs that systemd finds, and that are nobody's own: the Node that runs this may be in somebody's home. */
export const THERE = { node: '/bin/sh', script: '/bin/sh' };

/** What a test needs has to be there; else it is passed over. */
export const isRequired = process.env.HYBRIDGE_REQUIRE_SERVICES === '1';
/** Tells whether a program is there. */
export function onPath(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}

type Verb = (surroundings: Surroundings, finish: (exitCode: number) => void, host: InstallHost) => Command;

/** @returns what runs a command line, and tells what it said */
export function verbs(install: Verb, uninstall: Verb) {
  return async (
    args: readonly string[],
    host: Partial<InstallHost> = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ exitCode: number; said: string }> => {
    let said = '';
    let exitCode = 0;
    const surroundings: Surroundings = {
      ...{ stdout: { write: (text) => (said += text) }, stderr: { write: () => {} }, env },
      interrupts: () => {
        throw new Error('it does not keep running');
      },
    };
    const finish = (code: number) => {
      exitCode = code;
    };
    const whole = { ...HOST, ...host };
    const program = new Command()
      .addCommand(
        install(surroundings, finish, whole)
          .exitOverride()
          .configureOutput({ outputError: () => {} }),
      )
      .addCommand(uninstall(surroundings, finish, whole));
    await program.parseAsync([...args], { from: 'user' });
    return { exitCode, said };
  };
}

/** All files below a folder. */
export function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}
