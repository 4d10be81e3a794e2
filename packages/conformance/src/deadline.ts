/**
 * Waiting in tests: always for something, never for longer than said.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The promise's outcome, or an error that says what did not happen.
 * @param what - what is waited for, to complete "Waited 5000 ms for …".
 */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${ms} ms for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again until the answer is yes. @throws Error when it is still no after the time. */
export async function until(
  question: () => boolean | Promise<boolean>,
  ms: number,
  what: string,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await question())) {
    if (performance.now() > deadline) throw new Error(`Waited ${ms} ms for ${what}`);
    await sleep(20);
  }
}
