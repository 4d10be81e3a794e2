/**
 * Whether a command may have files of its own here: a mount namespace, as root or in a user namespace.
 * @module
 */
import { spawnSync } from 'node:child_process';

/** Asks the kernel; containers often do not allow it. */
function mayMount(): boolean {
  if (process.platform !== 'linux') return false;
  const ways = process.getuid?.() === 0 ? [['-m'], ['-r', '-m']] : [['-r', '-m']];
  const mount = ['sh', '-c', 'mount -o bind /dev/null /etc/hosts'];
  return ways.some((way) => spawnSync('unshare', [...way, ...mount], { stdio: 'ignore' }).status === 0);
}

/** Whether `hybridge run` can give a command names that nobody else sees. */
export const hasPrivateNames = mayMount();

/**
 * What `hybridge run` needs besides. In a container of continuous integration without namespaces it is the container's
 * own hosts file; `undefined` where there is no way.
 */
export const runOptions: readonly string[] | undefined = options();

function options(): readonly string[] | undefined {
  if (hasPrivateNames) return [];
  const isOurs = process.env.HYBRIDGE_REQUIRE_SERVICES === '1' && process.getuid?.() === 0;
  if (isOurs && process.platform === 'linux') return ['--hosts'];
  console.log('Skipped: names for one command need Linux, and namespaces that are allowed');
  return undefined;
}
