/**
 * What `AbortSignal` leaves to its users: being late, and being done with it.
 * @module
 */

/** Calls back when the signal is aborted, at once if it is. @returns what takes the callback back. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) callback();
  else signal.addEventListener('abort', callback, { once: true });
  return () => signal.removeEventListener('abort', callback);
}

/** The promise's outcome, or a rejection with the signal's reason if that comes first. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let forget = () => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      forget = onAbort(signal, () => reject(signal.reason));
      promise.then(resolve, reject);
    });
  } finally {
    forget();
  }
}
