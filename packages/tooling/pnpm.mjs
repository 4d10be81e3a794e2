/**
 * Runs the pnpm version that the root package.json pins, with nothing but Node and npm installed.
 *
 * Corepack is no way to do this: newer Node releases do not bring it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const { packageManager } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const windows = process.platform === 'win32';

const { status, error } = spawnSync(
  windows ? 'npx.cmd' : 'npx',
  ['-y', packageManager, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    shell: windows, // .cmd files need a shell since Node 20.12.2
    cwd: root,
    env: { ...process.env, npm_config_update_notifier: 'false' },
  },
);
if (error) throw error;
process.exit(status ?? 1);
