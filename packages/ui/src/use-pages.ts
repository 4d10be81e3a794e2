/**
 * A list that comes in pages, the newest first.
 * @module
 */
import { useEffect, useState } from 'preact/hooks';

/** One page. */
export interface ListPage<T> {
  readonly records: readonly T[];
  /** What the next page is asked for by; absent at the end. */
  readonly next?: string | undefined;
}

/** What there is so far. */
export interface Pages<T> {
  /** `undefined` until the first page is there. */
  readonly records: readonly T[] | undefined;
  readonly next: string | undefined;
  readonly busy: boolean;
  readonly problem: unknown;
  /** Reads the next page, or the first one anew. */
  readonly more: (anew: boolean) => void;
}

/** Reads the first page when the component is shown. @param load - reads one; `before` is absent for the first */
export function usePages<T>(load: (before: string | undefined) => Promise<ListPage<T>>): Pages<T> {
  const [state, setState] = useState<Omit<Pages<T>, 'more'>>({
    records: undefined,
    next: undefined,
    busy: true,
    problem: undefined,
  });
  const read = async (anew: boolean) => {
    setState((last) => ({ ...last, busy: true, problem: undefined }));
    try {
      const page = await load(anew ? undefined : state.next);
      setState((last) => ({
        records: anew ? page.records : [...(last.records ?? []), ...page.records],
        next: page.next,
        busy: false,
        problem: undefined,
      }));
    } catch (problem) {
      setState((last) => ({ ...last, busy: false, problem }));
    }
  };
  useEffect(() => void read(true), []);
  return { ...state, more: (anew) => void read(anew) };
}
