/**
 * `node --import @hybridge/redirect/register app.js`: redirects the connections of the process, its worker threads and its
 * child processes, as `HYBRIDGE_CONFIG` or `HYBRIDGE_CONNECTIONS` says.
 *
 * The application begins when the configuration is read and relays have been asked for what it does not say. A
 * configuration that cannot be used ends the process with 2 and one line; a relay that does not answer is a warning.
 * @module
 */
import { resolve } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { RedirectConfigError } from './config/config-error.js';
import { execArgv, nodeOptions } from './process/child/node-options.js';
import { redirectFrom } from './redirect.js';

/** Loaded from two places, it would redirect twice. */
const kRegistered = Symbol.for('hybridge.redirect.registered');
const here = globalThis as { [kRegistered]?: true };

if (here[kRegistered] === undefined) {
  here[kRegistered] = true;
  await register();
}

async function register(): Promise<void> {
  try {
    const redirection = await redirectFrom();
    await redirection.ready;
  } catch (error) {
    if (!(error instanceof RedirectConfigError)) throw error;
    process.stderr.write(`hybridge: ${error.message}\n`);
    process.exit(2);
  }
  carryOn(new URL(import.meta.url));
}

/** Children may have another working folder, and are told to load this, too. */
function carryOn(register: URL): void {
  process.execArgv.splice(0, process.execArgv.length, ...execArgv(process.execArgv, register));
  // Worker threads have a copy of the environment, made after this.
  if (!isMainThread) return;
  const { HYBRIDGE_CONFIG, NODE_OPTIONS } = process.env;
  if (HYBRIDGE_CONFIG) process.env.HYBRIDGE_CONFIG = resolve(HYBRIDGE_CONFIG.trim());
  process.env.NODE_OPTIONS = nodeOptions(NODE_OPTIONS, register);
}
