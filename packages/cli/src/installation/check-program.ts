/**
 * Whether Node and the command are where a service can have them, and where nobody but the administrator changes them: a service holds
 * keys, and whoever can replace what it runs has them.
 * @module
 */
import { dirname } from 'node:path';
import { InstallError } from './apply.js';
import type { InstallHost } from './install-host.js';
import type { InstallTarget } from './installation.js';

const MEND = 'install Node and hybridge for the whole machine';

/**
 * Looks at what is called, and at what that is a link to.
 * @param target - what is to be installed
 * @param host - the machine
 * @param isElsewhere - it is for another tree, whose files are not looked at
 * @returns what works but should be looked at, in one line
 * @throws InstallError
 */
export function checkProgram(
  { node, script, isUser }: Pick<InstallTarget, 'node' | 'script' | 'isUser'>,
  host: Pick<InstallHost, 'platform' | 'home' | 'stat' | 'realpath'>,
  isElsewhere: boolean,
): string | undefined {
  const isWindows = host.platform === 'win32';
  const paths = [
    ...new Set([node, script].flatMap((path) => [path, isElsewhere ? path : host.realpath(path)])),
  ];
  for (const path of paths) {
    if (/[\\/]_npx[\\/]/.test(path)) {
      throw new InstallError(
        `${path} is a passing copy: install hybridge first, with npm install --global hybridge`,
      );
    }
    const isOwn = isUser && path.startsWith(`${host.home}/`);
    if (!isWindows && !isOwn && /^(\/private)?\/(tmp|var\/tmp|dev\/shm)\//.test(path)) {
      throw new InstallError(
        `${path} is in a folder for what is temporary, which is emptied, and which a service does not see: ${MEND}`,
      );
    }
    if (host.platform === 'linux' && !isUser && /^\/(home|root|run\/user)\//.test(path)) {
      throw new InstallError(
        `${path} is in a home folder, which a service of the machine cannot read: ${MEND}, or give --user`,
      );
    }
  }
  if (isWindows || isUser || isElsewhere) return undefined;
  for (const path of paths.flatMap(withFolders)) {
    if (canEverybodyChange(path, host)) {
      throw new InstallError(`everybody can change ${path}, and so what the service runs: ${MEND}`);
    }
  }
  return paths
    .flatMap(withFolders)
    .map((path) => whoElseCanChange(path, host))
    .find((words) => words !== undefined);
}

/** A file, and every folder above it: who can change one of them can put another file there. */
function withFolders(path: string): string[] {
  const above = dirname(path);
  return above === path ? [path] : [path, ...withFolders(above)];
}

/** In a folder with the sticky bit others leave alone what is not theirs. */
function canEverybodyChange(path: string, { stat }: Pick<InstallHost, 'stat'>): boolean {
  const { mode = 0 } = stat(path) ?? {};
  return (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
}

function whoElseCanChange(path: string, { stat }: Pick<InstallHost, 'stat'>): string | undefined {
  const { mode, uid, gid } = stat(path) ?? { mode: 0, uid: 0, gid: 0 };
  const who =
    uid !== 0
      ? `the user with the number ${uid}`
      : gid !== 0 && (mode & 0o020) !== 0
        ? `the group with the number ${gid}`
        : undefined;
  return who && `${who} can change ${path}, and so what the service runs`;
}
