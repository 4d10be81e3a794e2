/**
 * The command `hybridge` as a process, run to its end. It needs what the build made.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { endWithThisProcess } from './leftovers.js';

/** Its path. */
export const COMMAND = fileURLToPath(new URL('../../cli/bin/hybridge.js', import.meta.url));

/** How a process ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How it is run. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it reads. */
  readonly input?: string;
  /** Instead of this account; only root may. */
  readonly account?: { readonly uid: number; readonly gid: number };
}

/** Runs `hybridge` with these arguments. */
export async function hybridge(
  args: readonly string[],
  { env = {}, input = '', account }: CommandOptions = {},
): Promise<CommandEnd> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...account,
  });
  endWithThisProcess(child);
  child.stdin.on('error', () => undefined).end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code, stdout, stderr };
}
