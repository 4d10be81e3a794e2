/**
 * Socket suite: whether an open socket keeps its process alive. Each test runs a process of its own.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { within } from '../deadline.js';
import type { Sockets } from './sockets.js';

const PROGRAM = fileURLToPath(new URL('../../test/programs/socket-exits.mjs', import.meta.url));

/** Defines the tests. */
export function referencingTests(sockets: Sockets): void {
  describe('a process with an open socket', () => {
    let child: ChildProcess | undefined;
    afterEach(() => child?.kill('SIGKILL'));

    const run = (deeds: string) => {
      child = spawn(process.execPath, [PROGRAM, deeds, ...sockets.stage.exitProgram], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      return child;
    };

    it.each([
      ['nothing more', 'open', 'stays'],
      ['unref()', 'open,unref', 'ends'],
      ['unref() before it was open', 'unref,open', 'ends'],
      ['unref() and ref()', 'open,unref,ref', 'stays'],
      ['unref() after data', 'open,data,unref', 'ends'],
      ['unref() and an idle timer', 'open,unref,timeout', 'ends'],
      ['end() on both sides', 'open,end', 'ends'],
      ['destroy()', 'open,destroy', 'ends'],
      ['destroySoon()', 'open,destroySoon', 'ends'],
    ] as const)('after %s (%s) %s', async (_, deeds, expected) => {
      const process = run(deeds);
      const ended = once(process, 'exit').then(([code]) => `ended ${code}`);
      expect(String(await within(once(process.stdout!, 'data'), 20_000, 'the deeds to be done'))).toBe(
        'done\n',
      );
      if (expected === 'ends') expect(await within(ended, 20_000, 'the process to end')).toBe('ended 0');
      else expect(await Promise.race([ended, new Promise((r) => setTimeout(r, 300, 'stays'))])).toBe('stays');
    });

    it('ends although it is still connecting', async ({ skip }) => {
      skip(!sockets.traits.unrefWhileConnecting, 'these sockets hold the process until they are open');
      const ended = once(run('stalled,unref'), 'exit');
      expect(await within(ended, 20_000, 'the process to end')).toEqual([0, null]);
    });
  });
}
