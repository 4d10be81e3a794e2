/**
 * Reading a configuration that somebody may be writing in this moment.
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { RedirectConfigError } from './config-error.js';

/** A file that is being written is a whole one within moments; a second is long for it. */
const ATTEMPTS = 10;
const PAUSE_MS = 100;

/**
 * Reads again as long as the configuration cannot be used, for a second.
 * @param pause - what lies between two attempts
 * @throws RedirectConfigError of the last attempt, and whatever else `read` throws at once
 */
export async function readPatiently<Value>(
  read: () => Promise<Value>,
  pause: () => Promise<unknown> = () => setTimeout(PAUSE_MS),
): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof RedirectConfigError)) throw error;
    }
    await pause();
  }
}
