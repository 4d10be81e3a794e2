/** Builds every package: `tsc -b` checks the types and writes the declarations, tsup writes the JavaScript. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../', import.meta.url));
const bin = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url));
const windows = process.platform === 'win32';

/** Builds the whole workspace. @returns whether that succeeded; what failed has been printed. */
export async function build() {
  const toBundle = readdirSync(packages).filter(isBundled);
  const bundleInTurn = async () => {
    for (let name = toBundle.pop(); name !== undefined; name = toBundle.pop()) {
      await run('tsup', ['--config', '../tooling/tsup.config.ts'], `${packages}${name}`);
    }
  };
  try {
    await Promise.all([
      run('tsc', ['-b', 'tooling'], packages),
      ...Array.from({ length: Math.max(1, availableParallelism() - 1) }, bundleInTurn),
    ]);
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}

function isBundled(name) {
  const manifest = `${packages}${name}/package.json`;
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).scripts?.build !== undefined;
}

function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(`${bin}${command}${windows ? '.cmd' : ''}`, args, {
      cwd,
      stdio: 'inherit',
      shell: windows,
    });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} failed in ${cwd}`))));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await build()) ? 0 : 1;
