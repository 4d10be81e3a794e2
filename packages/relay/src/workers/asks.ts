/**
 * Questions to other processes that wait for their answers.
 * @module
 */

interface Ask<Answer> {
  /** Whom it went to. */
  readonly worker: number;
  readonly resolve: (answer: Answer) => void;
  /** What counts as the answer when the other process is gone; `undefined`: there is none, and it waits on. */
  readonly otherwise: Answer | undefined;
}

/** Questions of one kind. */
export class Asks<Answer> {
  readonly #waiting = new Map<number, Ask<Answer>>();
  #last = 0;

  /**
   * Asks.
   * @param send - gets the number that the answer has to repeat
   */
  ask(worker: number, otherwise: Answer | undefined, send: (ask: number) => void): Promise<Answer> {
    this.#last += 1;
    const ask = this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(ask, { worker, resolve, otherwise });
      send(ask);
    });
  }

  /** An answer came. One that nobody waits for is passed over. */
  answer(ask: number, answer: Answer): void {
    this.#waiting.get(ask)?.resolve(answer);
    this.#waiting.delete(ask);
  }

  /** A process is gone, and answers no more. */
  workerGone(worker: number): void {
    for (const [ask, { worker: asked, resolve, otherwise }] of [...this.#waiting]) {
      if (asked !== worker) continue;
      this.#waiting.delete(ask);
      if (otherwise !== undefined) resolve(otherwise);
    }
  }
}
