/**
 * What the command takes from its process: where it writes, its environment, and who interrupts it.
 *
 * Handed in, so that tests can stand in for a terminal.
 * @module
 */

/** A place to write text to. */
export interface TextSink {
  write(text: string): unknown;
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
}

/** The surroundings of a real process. */
export function processSurroundings(): Surroundings {
  // Whoever read our output may leave before we do; a relay does not end because a log viewer did.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return { stdout: process.stdout, stderr: process.stderr, env: process.env, interrupts };
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
