/**
 * Starting a part of a measurement as a process of its own.
 * @module
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TETHER } from '@hybridge/conformance';
import { atExit } from './at-exit.js';

/** A process that runs. */
export interface Script {
  /** The port that it serves; 0 for none. */
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

/** What a process is given besides. */
export interface ScriptSurroundings {
  /** Options of Node's own. */
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `{name}-process` and waits for its line `ready {port}`. @throws Error when it ends before. */
export async function startScript(
  name: string,
  args: readonly string[],
  { nodeOptions = [], env = {} }: ScriptSurroundings = {},
): Promise<Script> {
  const child = spawn(process.execPath, [...TETHER, ...nodeOptions, scriptPath(name), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const mayStay = atExit(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout! })) {
    const port = /^ready (\d+)$/.exec(line)?.[1];
    if (port === undefined) continue;
    const stop = () => {
      mayStay();
      child.kill('SIGKILL');
    };
    return { port: Number(port), pid: child.pid!, stop };
  }
  throw new Error(`${name} ended before it was ready`);
}

/** The file of a script: the build puts all of them into one folder. */
export function scriptPath(name: string): string {
  return fileURLToPath(new URL(`./${name}-process.js`, import.meta.url));
}
