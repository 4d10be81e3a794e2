/**
 * `node --import @hybridge/redirect/register app.js`: redirects the connections of the process, its worker threads and its
 * child processes, as `HYBRIDGE_CONFIG` or `HYBRIDGE_CONNECTIONS` says.
 *
 * The application begins when the configuration is read and relays have been asked for what it does not say. A
 * configuration that cannot be used ends the process with 2 and one line; a relay that does not answer is a warning.
 *
 * Threads and children have it from the process above them. One that was given an environment without these variables is not
 * redirected, and knows nothing of it.
 * @module
 */
import { isMainThread } from 'node:worker_threads';
import { RedirectConfigError } from './config/config-error.js';
import { absoluteConfigPlace, hasConfigPlace } from './config/environment.js';
import { readPatiently } from './config/read-patiently.js';
import { execArgv, isInherited, nodeOptions } from './process/child/node-options.js';
import { redirectFrom } from './redirect.js';

/** Loaded from two places, it would redirect twice. */
const kRegistered = Symbol.for('hybridge.redirect.registered');
const here = globalThis as { [kRegistered]?: true };

const self = new URL(import.meta.url);
/** Nobody who started this had the redirection in mind. */
const isBelow = !isMainThread || isInherited(self);

if (here[kRegistered] === undefined && (!isBelow || hasConfigPlace(process.env))) {
  here[kRegistered] = true;
  await register();
}

async function register(): Promise<void> {
  try {
    // An application may start threads and children at any time, and somebody edit the file in this moment.
    const redirection = await (isBelow ? readPatiently(redirectFrom) : redirectFrom());
    await redirection.ready;
  } catch (error) {
    if (!(error instanceof RedirectConfigError)) throw error;
    process.stderr.write(`hybridge: ${error.message}\n`);
    process.exit(2);
  }
  carryOn();
}

/** Children may have another working folder, and are told to load this, too. */
function carryOn(): void {
  process.execArgv.splice(0, process.execArgv.length, ...execArgv(process.execArgv, self));
  // Worker threads have a copy of the environment, made after this.
  if (!isMainThread) return;
  Object.assign(process.env, absoluteConfigPlace(process.env));
  process.env.NODE_OPTIONS = nodeOptions(process.env.NODE_OPTIONS, self);
}
