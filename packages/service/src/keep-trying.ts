/**
 * Something that cannot be had yet and is tried again until it can: a port, a socket that somebody else still has.
 * @module
 */

/** How often, in milliseconds: soon enough for whoever looks, and cheap enough to go on for days. */
const PACE_MS = 5_000;

/**
 * Tries again, the first time after a while, until it no longer fails. Keeps no process running.
 * @param step - rejects as long as it does not work; what it rejects with is not told to anybody.
 * @param paceMs - milliseconds between two attempts; 5,000 unless given.
 * @returns what ends it; an attempt that is under way is not waited for.
 */
export function keepTrying(step: () => Promise<void>, paceMs = PACE_MS): () => void {
  let isOver = false;
  let timer: NodeJS.Timeout;
  const later = () => {
    timer = setTimeout(() => step().catch(() => isOver || later()), paceMs).unref();
  };
  later();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
