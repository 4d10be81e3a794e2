/**
 * Values that have to be fetched first: loading, failed, or there.
 * @module
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** Where it stands. While it is loaded again, the last value is still there. */
export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly reload: () => void;
}

/**
 * Loads a value when the component is shown, and again when a dependency changes.
 * @param everyMs - also loads it again this often, in milliseconds; 0 for never
 */
export function useLoaded<T>(
  load: (signal: AbortSignal) => Promise<T>,
  dependencies: readonly unknown[],
  everyMs = 0,
): Loaded<T> {
  const [state, setState] = useState<{ value: T | undefined; error: unknown }>({
    value: undefined,
    error: undefined,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;

  // The caller says what it depends on
  useEffect(() => setState({ value: undefined, error: undefined }), dependencies);

  // The caller says what it depends on
  useEffect(() => {
    const stop = new AbortController();
    latest.current(stop.signal).then(
      (value) => !stop.signal.aborted && setState({ value, error: undefined }),
      (error: unknown) => !stop.signal.aborted && setState((last) => ({ ...last, error })),
    );
    return () => stop.abort();
  }, [turn, ...dependencies]);

  const reload = useCallback(() => setTurn((last) => last + 1), []);
  useInterval(reload, everyMs);
  return { ...state, reload };
}

/** Does something again and again while the component is shown and the page is visible. @param everyMs - 0 for never */
export function useInterval(action: () => void, everyMs: number): void {
  const latest = useRef(action);
  latest.current = action;
  useEffect(() => {
    if (everyMs === 0) return;
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

/** The time, in milliseconds since 1970, for texts such as "5 s ago". @param everyMs - how often it moves on */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useInterval(() => setNow(Date.now()), everyMs);
  return now;
}
