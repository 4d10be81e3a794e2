/**
 * One process at a time changes a file that several of ours share: a file beside it says who.
 * @module
 */
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isRunning, thisProcess } from './process-start.js';

/** A change takes some milliseconds. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 5;

/**
 * Acts while no other process of ours does. Where the folder takes no file, it acts all the same: who may write a hosts file
 * and not its folder is in a container, mostly by itself.
 * @throws what the action throws, and Error when somebody else does not come to an end
 */
export function withLock<Value>(path: string, act: () => Value): Value {
  const lock = `${path}.hybridge-lock`;
  const isLocked = acquire(lock);
  try {
    return act();
  } finally {
    if (isLocked) rmSync(lock, { force: true });
  }
}

function acquire(lock: string): boolean {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      writeFileSync(lock, JSON.stringify(thisProcess()), { flag: 'wx', mode: 0o644 });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
    takeAwayStale(lock);
    if (performance.now() > until) throw new Error(`${lock} is held by another process`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** Of a process that ended while it had the lock. */
function takeAwayStale(lock: string): void {
  try {
    const text = readFileSync(lock, 'utf8');
    if (isHeld(lock, text)) return;
    const stale = `${lock}-${process.pid}`;
    renameSync(lock, stale);
    // Somebody else may have taken it away in this moment, and have locked since.
    if (readFileSync(stale, 'utf8') !== text) linkSync(stale, lock);
    rmSync(stale, { force: true });
  } catch {
    // It is gone by now, or cannot be read: then it is waited for.
  }
}

function isHeld(lock: string, text: string): boolean {
  // Empty for a moment, while it is being written; for longer after a machine has lost its power.
  if (text === '') return Date.now() - statSync(lock).mtimeMs < PATIENCE_MS;
  return isRunning(JSON.parse(text));
}
