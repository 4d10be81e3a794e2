/**
 * A command that runs as if it had been started without us: same terminal, same input and output, same end.
 *
 * Signals that we get it gets as well, but for those that a terminal sends to both of us; those are for the child to
 * act on, and we wait for what it does.
 * @module
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { CommandLine } from './private-files.js';

/** A terminal's own are sent to every process in front of it. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
/** Without a listener for SIGUSR1, Node would open its debugger here. */
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/** Exit codes of a shell for a command that is not there, and one that cannot be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** What a shell adds to the number of the signal that ended a command. */
const SIGNALLED = 128;

/** A command cannot be started. */
export interface StartFailure extends Error {
  readonly code: string;
  /** What a shell would end with. */
  readonly exitCode: number;
}

/**
 * Runs a command to its end.
 * @returns its exit code, or what a shell makes of the signal that ended it
 * @throws StartFailure
 */
export function runChild(
  [command, ...args]: CommandLine,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    // Whoever interrupts us in this moment means the child, which is about to be there.
    const stopListening = onSignals((signal) => {
      const isSentToBoth = FROM_TERMINAL.includes(signal) && hasTerminal();
      if (!isSentToBoth) child.kill(signal);
    });
    const child = spawn(command, args, { stdio: 'inherit', env });
    child.once('error', (error) => {
      stopListening();
      reject(startFailure(command, error));
    });
    child.once('exit', (code, signal) => {
      stopListening();
      resolve(code ?? SIGNALLED + constants.signals[signal!]);
    });
  });
}

/** Any of the three will do: the child's input may be a file, and Ctrl-C still be meant for it. */
function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
}

function onSignals(heard: (signal: NodeJS.Signals) => void): () => void {
  const signals = [...FROM_TERMINAL, ...PASSED_ON];
  for (const signal of signals) process.on(signal, heard);
  return () => {
    for (const signal of signals) process.off(signal, heard);
  };
}

function startFailure(command: string, cause: NodeJS.ErrnoException): StartFailure {
  const { code = 'EUNKNOWN' } = cause;
  const isMissing = code === 'ENOENT';
  const words = isMissing ? 'there is no such command' : `it cannot be run (${code})`;
  return Object.assign(new Error(`${command}: ${words}`, { cause }), {
    code,
    exitCode: isMissing ? NOT_FOUND : NOT_EXECUTABLE,
  });
}
