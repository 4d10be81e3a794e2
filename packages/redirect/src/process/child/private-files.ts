/**
 * Files of the system that a child process, and whatever it starts, sees otherwise than everybody else.
 *
 * Linux alone has that: a mount namespace, which root may make, and any user where user namespaces are allowed. The child
 * gets its own hosts file, is the same process with the same user, and there is nothing to undo: the namespace goes
 * with its last process. Its copy of the file has no name any more; we change it through the descriptor that we keep.
 *
 * Source: mount_namespaces(7), user_namespaces(7), unshare(1).
 * @module
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostsEntry } from '../hosts/hosts-block.js';
import { writeOver } from '../hosts/hosts-file.js';
import { filesFirst, privateHosts } from './name-service.js';

const HOSTS = '/etc/hosts';
const SWITCH = '/etc/nsswitch.conf';
/** A daemon that answers for the machine: with a device in its place, the C library asks the files itself. */
const CACHE_SOCKET = '/var/run/nscd/socket';

/**
 * `SHELL -c MOUNT NAME FOLDER FILE TARGET … -- COMMAND ARGUMENT …`: puts each file over its target, removes the folder, and
 * becomes the command.
 */
const MOUNT = `folder=$1; shift
while [ "$1" != -- ]; do mount -o bind "$1" "$2" || exit 125; shift 2; done
shift; rm -rf "$folder"; exec "$@"`;
/** Who says that a command is not there. */
const NAME = 'hybridge';

/**
 * What runs that. Small shells pass on no variable whose name could not be one of theirs, such as `spring.datasource.url`; Bash
 * does, and with `-p` runs nobody's start file and leaves exported functions as they are.
 */
function shell(): readonly string[] {
  return existsSync(BASH) ? [BASH, '-p'] : ['sh'];
}
const BASH = '/bin/bash';

/** A command and its arguments. */
export type CommandLine = readonly [command: string, ...args: string[]];

/** A child's own hosts file. */
export interface PrivateNames {
  /** What to start in place of a command. It becomes that command. */
  wrap(command: CommandLine): CommandLine;
  /** Changes the names, also while the child runs. */
  update(entries: readonly HostsEntry[]): void;
  /** Gives up what is left on our side. */
  close(): void;
}

/** How a namespace is made: before the mounts, and after them. */
interface Way {
  readonly unshare: readonly string[];
  /** Makes the child the user again that it was. */
  readonly becomeSelf: readonly string[];
}

/**
 * Prepares a hosts file for a child.
 * @param entries - its names, which stand before those of the machine
 * @returns `undefined` where that cannot be had; nothing is left behind then
 */
export function privateNames(entries: readonly HostsEntry[]): PrivateNames | undefined {
  if (process.platform !== 'linux' || !existsSync(HOSTS)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-names-'));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    // As readable as the file that it stands for: the child may become another user.
    writeFileSync(path, text, { encoding: 'latin1', mode: 0o644 });
    return path;
  };
  const machines = () => readFileSync(HOSTS, 'latin1');
  const hosts = write('hosts', privateHosts(machines(), entries));
  const switches = existsSync(SWITCH) ? filesFirst(readFileSync(SWITCH, 'latin1')) : undefined;
  const mounts = [
    ...[hosts, HOSTS],
    ...(switches === undefined ? [] : [write('nsswitch.conf', switches), SWITCH]),
    ...(existsSync(CACHE_SOCKET) ? ['/dev/null', CACHE_SOCKET] : []),
  ];
  const way = ways().find((each) => works(each, mounts));
  if (way === undefined) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const file = openSync(hosts, 'r+');
  let written = entries;
  return {
    wrap: (command) => commandOf(way, folder, mounts, command),
    update: (changed) => {
      if (JSON.stringify(changed) === JSON.stringify(written)) return;
      written = changed;
      writeOver(file, privateHosts(machines(), changed));
    },
    close: () => {
      closeSync(file);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As ourselves, and as the root of a user namespace of our own, who then is mapped to ourselves again. */
function ways(): Way[] {
  const [uid, gid] = [process.getuid!(), process.getgid!()];
  const asRoot = { unshare: ['-m'], becomeSelf: [] };
  const asUser = {
    unshare: ['-r', '-m'],
    becomeSelf: ['unshare', '-U', `--map-user=${uid}`, `--map-group=${gid}`, '--'],
  };
  const asMappedRoot = { unshare: ['-r', '-m'], becomeSelf: [] };
  return uid === 0 ? [asRoot, asMappedRoot] : [asUser];
}

/** Tries it with nothing to run: whether a namespace is allowed is known to the kernel and its security modules only. */
function works(way: Way, mounts: readonly string[]): boolean {
  const keep = join(tmpdir(), 'hybridge-names-none');
  const [command, ...args] = commandOf(way, keep, mounts, ['true']);
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function commandOf(way: Way, folder: string, mounts: readonly string[], command: CommandLine): CommandLine {
  return [
    'unshare',
    ...way.unshare,
    ...[...shell(), '-c', MOUNT, NAME, folder, ...mounts, '--'],
    ...way.becomeSelf,
    ...command,
  ];
}
