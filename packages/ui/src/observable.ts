/**
 * A value that components watch.
 * @module
 */
import { useEffect, useState } from 'preact/hooks';

/** Holds a value, and tells who watches when there is another one. */
export class Observable<T> {
  #value: T;
  readonly #watchers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher(value);
  }

  /** @returns a function that ends it */
  watch(watcher: (value: T) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** The value now; the component is drawn again when it is another one. */
export function useObservable<T>(observable: Observable<T>): T {
  const [, setValue] = useState(observable.value);
  useEffect(() => {
    setValue(observable.value);
    return observable.watch(setValue);
  }, [observable]);
  return observable.value;
}
