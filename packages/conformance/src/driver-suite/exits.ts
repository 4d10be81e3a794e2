/**
 * A program that uses a driver, ends it and has nothing more to do.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { within } from '../deadline.js';

const EXIT_TIMEOUT_MS = 30_000;

/**
 * Expects that it exits by itself, and has said nothing but that it has come to its end.
 * @param program - in `test/programs`
 */
export async function exits(program: string, config: object): Promise<void> {
  const path = fileURLToPath(new URL(`../../test/programs/${program}`, import.meta.url));
  const child = spawn(process.execPath, [path, JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const printed of [child.stdout, child.stderr]) {
    printed.on('data', (text) => {
      output += text;
    });
  }
  try {
    const exit = within(once(child, 'exit'), EXIT_TIMEOUT_MS, 'the process to exit by itself');
    const [code] = await exit.catch((late) => [`${late.message}`]);
    expect({ code, output }).toEqual({ code: 0, output: 'ended\n' });
  } finally {
    child.kill('SIGKILL');
  }
}
