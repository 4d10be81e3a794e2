/**
 * Runs the pnpm version that the root package.json pins, with nothing but Node and npm installed.
 *
 * Corepack is no way to do this: newer Node releases do not bring it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const { packageManager } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const windows = process.platform === 'win32';

/** Runs pnpm with these arguments, its output going where ours goes. @returns its exit code. */
export function runPnpm(args) {
  const { status, error } = spawnSync(windows ? 'npx.cmd' : 'npx', ['-y', packageManager, ...args], {
    stdio: 'inherit',
    shell: windows, // .cmd files need a shell since Node 20.12.2
    cwd: root,
    // `npm run --silent` would silence pnpm too, its errors included.
    env: { ...process.env, npm_config_update_notifier: 'false', npm_config_loglevel: 'error' },
  });
  if (error) throw error;
  return status ?? 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(runPnpm(process.argv.slice(2)));
