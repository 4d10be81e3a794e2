/** A program in any language, run by `hybridge run`, to its end. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The command `hybridge`, as a file. */
function command() {
  const manifest = new URL(import.meta.resolve('hybridge/package.json'));
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return fileURLToPath(new URL(bin.hybridge, manifest));
}

/**
 * Runs a program that finds private names; what it prints is printed.
 * @param args - the program and its arguments
 * @param env - what it, and `hybridge run`, find in the environment
 * @throws Error when it fails
 */
export async function unchangedCommand(args, env) {
  const child = spawn(process.execPath, [command(), 'run', '--', ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The application ended with ${code ?? signal}`);
}

/**
 * Says what to install, and ends this process, where one of these programs is not there or fails.
 * @param programs - by the Debian packages that bring it, a program with arguments that succeed
 */
export function need(programs) {
  const missing = Object.entries(programs)
    .filter(([, [program, ...args]]) => spawnSync(program, args, { stdio: 'ignore' }).status !== 0)
    .map(([packages]) => packages);
  if (process.platform !== 'linux') missing.push('Linux (elsewhere: sudo hybridge up --hosts)');
  if (missing.length === 0) return;
  console.log(`skipped: this needs ${missing.join(', ')}`);
  process.exit(0);
}
