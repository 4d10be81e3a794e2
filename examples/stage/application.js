/** The application of an example, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Runs a program to its end; what it prints is printed.
 * @param url - of a script for Node
 * @param env - what it finds in its environment
 * @param options - `args` for Node itself, before the script
 * @throws Error when it fails
 */
export async function application(url, env, { args = [] } = {}) {
  const child = spawn(process.execPath, [...args, fileURLToPath(url)], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The application ended with ${code ?? signal}`);
}
