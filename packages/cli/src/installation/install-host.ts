/**
 * The machine that a service is installed on: what it is, and what is asked of it. Handed in, for tests.
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { realpathSync, type Stats, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { ApplyOptions } from './apply.js';

/** The machine. */
export interface InstallHost {
  readonly platform: NodeJS.Platform;
  /** `undefined` on Windows. */
  readonly uid: number | undefined;
  readonly node: string;
  readonly script: string;
  readonly home: string;
  readonly run: ApplyOptions['run'];
  /** Of a file or folder, which a link leads to; `undefined` where that cannot be had. */
  readonly stat: (path: string) => Pick<Stats, 'uid' | 'gid' | 'mode'> | undefined;
  /** Where links lead; the same path where there is nothing. */
  readonly realpath: (path: string) => string;
  /** Those of some files that a user cannot read. */
  readonly unreadable: (files: readonly string[], who: Reader) => readonly string[];
}

/** Who is to read a file. */
export interface Reader {
  /** `undefined` for one that has nothing but what everybody has. */
  readonly user: string | undefined;
  /** A group beside the user's own. */
  readonly group: string | undefined;
}

/** That of this process. */
export function thisHost(): InstallHost {
  return {
    platform: process.platform,
    uid: process.getuid?.(),
    node: process.execPath,
    script: resolve(process.argv[1] ?? ''),
    home: homedir(),
    // What it says goes to people.
    run: ([program, ...args]) => spawnSync(program, args, { stdio: ['ignore', 2, 2] }).status ?? 127,
    stat: (path) => tried(() => statSync(path)),
    realpath: (path) => tried(() => realpathSync(path)) ?? path,
    unreadable,
  };
}

function tried<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/**
 * Becomes the reader, and tries: only so do lists of access rights, and the folders above, count as they do later. The one that has
 * nothing of its own is 65534, nobody.
 */
const TRY = `
const [user, group, ...files] = JSON.parse(process.argv[1]);
const { accessSync, constants } = require('node:fs');
const { uid, gid } = user ?? { uid: 65534, gid: 65534 };
if (user) process.initgroups(uid, gid); else process.setgroups([]);
if (group !== null) process.setgroups([...process.getgroups(), group]);
process.setgid(gid);
process.setuid(uid);
const cannot = (file) => { try { accessSync(file, constants.R_OK); } catch { return true; } };
process.stdout.write(JSON.stringify(files.filter(cannot)));
`;

function unreadable(files: readonly string[], { user, group }: Reader): readonly string[] {
  // Nobody else can try; then the service says so itself, when it starts.
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || files.length === 0) return [];
  const ids = user === undefined ? null : userIds(user);
  const groupId = group === undefined ? null : (groupIdOf(group) ?? null);
  const asked = JSON.stringify([ids, groupId, ...files]);
  return JSON.parse(execFileSync(process.execPath, ['-e', TRY, asked], { encoding: 'utf8', cwd: '/' }));
}

/** The numbers of a user and of that user's own group; `undefined` when there is no such user. */
export function userIds(user: string): { readonly uid: number; readonly gid: number } | undefined {
  const ask = (flag: string) =>
    Number(execFileSync('id', [flag, '--', user], { encoding: 'utf8', stdio: 'pipe' }));
  try {
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}

/** The number of a group; `undefined` when there is none of that name. */
export function groupIdOf(group: string): number | undefined {
  const { status, stdout } = spawnSync('getent', ['group', group], { encoding: 'utf8' });
  return status === 0 ? Number(stdout.split(':')[2]) : undefined;
}
