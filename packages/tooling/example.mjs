/** Runs an example, or says which there are. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const names = readdirSync(folder).filter(
  (name) => existsSync(`${folder}${name}/index.js`) && name !== 'stage',
);
const [name, ...args] = process.argv.slice(2);

if (!names.includes(name)) {
  console.error(`usage: npm run example -- NAME\n\nNAME is one of ${names.join(', ')}`);
  process.exit(2);
}
const { status, signal } = spawnSync(process.execPath, [`${folder}${name}/index.js`, ...args], {
  stdio: 'inherit',
});
process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
