/**
 * Time limits: of each step, and the caller's own signal, told apart.
 * @module
 */

/** How long something may take, and who may end it sooner. */
export interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What it is given up for when the time is over; as with `AbortSignal.timeout`. */
class OutOfTime extends DOMException {
  constructor() {
    super('The time is over', 'TimeoutError');
  }
}

/**
 * Does something that can be aborted, and leaves behind what cannot.
 * @throws a DOMException `TimeoutError` when the time is over; the reason of the caller's signal; whatever the work throws.
 */
export async function within<T>(
  { timeoutMs, signal }: Limits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => controller.abort(new OutOfTime()), timeoutMs);
  try {
    return await Promise.race([work(controller.signal), aborted(controller.signal)]);
  } catch (error) {
    // Some wrap the reason, others replace it; what the caller did comes first.
    signal?.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Whether it failed for want of time, by whatever name. */
export function isOutOfTime(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return error.name === 'TimeoutError' || code === 'ETIMEDOUT' || code === 'ERR_RELAY_TIMEOUT';
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
