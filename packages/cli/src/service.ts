/**
 * The life of a command that keeps running: ready line, signals, drain, exit code.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { watchdog } from '@hybridge/service';
import type { Log } from './log.js';
import type { ServiceOptions } from './options.js';
import type { Surroundings } from './surroundings.js';

/** Something that runs until it is told to stop. */
export interface Service {
  /** Starts it. @returns what goes on the ready line. */
  start(): Promise<object>;
  /** Stops it in good order within the given milliseconds. Called again with 0, it cuts what is left. */
  stop(graceMs: number): Promise<void>;
}

/** Exit code after a second signal, as shells have it for Ctrl-C. */
const INTERRUPTED = 130;

/**
 * How long a second signal waits for connections to be cut, in milliseconds. Resetting them takes less than one; but a
 * process that simply exits would have the kernel end them in good order, and their peers would take that for the truth.
 */
const CUT_MS = 500;

/**
 * Runs a service until a signal.
 *
 * Standard output gets exactly one line, `<name> ready {json}`, which programs wait for. The first SIGINT or SIGTERM
 * drains, the second ends at once.
 * @returns the exit code: 0 after an orderly end, 130 after a second signal.
 * @throws whatever keeps the service from starting or from stopping.
 */
export async function serve(
  name: string,
  service: Service,
  context: { readonly surroundings: Surroundings; readonly log: Log; readonly options: ServiceOptions },
): Promise<number> {
  const { watchdogMs, json } = context.options;
  const stopWatching =
    watchdogMs === 0 ? undefined : watchdog({ silenceMs: watchdogMs, json: json === true });
  try {
    return await untilSignal(name, service, context);
  } finally {
    stopWatching?.();
  }
}

async function untilSignal(
  name: string,
  service: Service,
  { surroundings, log, options: { graceMs } }: Parameters<typeof serve>[2],
): Promise<number> {
  const { first, second } = surroundings.interrupts();
  const started = service.start().then((ready) => {
    surroundings.stdout.write(`${name} ready ${JSON.stringify(ready)}\n`);
  });
  const signal = await Promise.race([started.then(() => first), first]);
  log.info(`${signal}: stopping; open connections have ${graceMs} ms, a second signal cuts them`);
  let exitCode = 0;
  const cut = second.then(() => {
    exitCode = INTERRUPTED;
    return Promise.race([service.stop(0), delay(CUT_MS)]);
  });
  await Promise.race([service.stop(graceMs), cut]);
  return exitCode;
}
