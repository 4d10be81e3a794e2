/**
 * Things that arrive before or after somebody asks for them: what stands behind a listener's async iterator.
 *
 * It does not bound how many wait; whoever puts them in looks at `size` first. Several iterators share the arrivals,
 * each of which goes to one of them.
 * @module
 */

interface Taker<T> {
  give(result: IteratorResult<T, undefined>): void;
  fail(error: Error): void;
}

/** An ending queue with an async iterator. */
export class Arrivals<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  readonly #takers: Taker<T>[] = [];
  #end: { error: Error | undefined } | undefined;

  /** How many wait to be taken. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Hands it to whoever asked first, or keeps it. */
  add(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#waiting.push(item);
    else taker.give({ done: false, value: item });
  }

  /** Takes back what nobody has taken yet. */
  remove(item: T): void {
    const at = this.#waiting.indexOf(item);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** Ends all iterators. One of them is told the error, if there is one. @returns what nobody has taken. */
  end(error?: Error): T[] {
    this.#end ??= { error };
    for (const taker of this.#takers.splice(0)) this.#finish(taker);
    return this.#waiting.splice(0);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    let returned = false;
    return {
      next: () =>
        new Promise((give, fail) => {
          const item = returned ? undefined : this.#waiting.shift();
          if (returned) give({ done: true, value: undefined });
          else if (item !== undefined) give({ done: false, value: item });
          else if (this.#end !== undefined) this.#finish({ give, fail });
          else this.#takers.push({ give, fail });
        }),
      return: async () => {
        returned = true;
        return { done: true, value: undefined };
      },
    };
  }

  #finish(taker: Taker<T>): void {
    const error = this.#end?.error;
    if (error === undefined) {
      taker.give({ done: true, value: undefined });
      return;
    }
    this.#end = { error: undefined };
    taker.fail(error);
  }
}
