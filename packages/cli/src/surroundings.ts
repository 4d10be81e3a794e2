/**
 * What the command takes from its process: where it writes, its environment, and who interrupts it.
 *
 * Handed in, so that tests can stand in for a terminal.
 * @module
 */

/** A place to write text to. */
export interface TextSink {
  write(text: string): unknown;
  /** It is a terminal. */
  readonly isTTY?: boolean;
}

/** The first and the second wish to stop. */
export interface Interrupts {
  /** Resolves at the first SIGINT or SIGTERM: stop in good order. */
  readonly first: Promise<NodeJS.Signals>;
  /** Resolves at the second: stop at once. */
  readonly second: Promise<NodeJS.Signals>;
}

/** The process around the command. */
export interface Surroundings {
  /** For what programs read: the ready line, a connection string. */
  readonly stdout: TextSink;
  /** For people: log lines and errors. */
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes over SIGINT and SIGTERM; called once, by a command that keeps running. */
  interrupts(): Interrupts;
  /** Takes over SIGHUP, by which programs are told to read their configuration again. @returns what gives it back */
  readonly onHangUp?: (heard: () => void) => () => void;
  /** Asks the person at the terminal; not there where there is none. @returns what was answered, in one line */
  readonly ask?: (question: string) => Promise<string>;
}

/** The surroundings of a real process. */
export function processSurroundings(): Surroundings {
  // Whoever read our output may leave before we do; a relay does not end because a log viewer did.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const isPersonThere = process.stdin.isTTY && process.stderr.isTTY;
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    interrupts,
    onHangUp,
    ...(isPersonThere && { ask }),
  };
}

/** On standard error: standard output may go to a program. Ctrl-C and Ctrl-D are no answer. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    let isAnswered = false;
    lines.once('close', () => {
      if (!isAnswered) process.stderr.write('\n');
      resolve('');
    });
    lines.question(question, (answer) => {
      isAnswered = true;
      resolve(answer);
      lines.close();
    });
  });
}

/** On Windows it says that the window was closed. */
function onHangUp(heard: () => void): () => void {
  if (process.platform === 'win32') return () => undefined;
  process.on('SIGHUP', heard);
  return () => process.off('SIGHUP', heard);
}

function interrupts(): Interrupts {
  const wishes: ((signal: NodeJS.Signals) => void)[] = [];
  const wish = () => new Promise<NodeJS.Signals>((resolve) => wishes.push(resolve));
  const both = { first: wish(), second: wish() };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => wishes.shift()?.(signal));
  }
  return both;
}
