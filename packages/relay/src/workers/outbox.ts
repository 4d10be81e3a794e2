/**
 * Sends what is said in one turn of the event loop together.
 *
 * A message between processes costs a system call, which wakes the other process up, and that is most of what it
 * costs. With many senders at once there are many messages in a turn; a single one waits for no timer.
 * @module
 */

/** Messages on their way to one process. */
export class Outbox<Message> {
  readonly #write: (messages: readonly Message[]) => void;
  #waiting: Message[] = [];

  /** @param write - sends some, in their order */
  constructor(write: (messages: readonly Message[]) => void) {
    this.#write = write;
  }

  push(message: Message): void {
    if (this.#waiting.push(message) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const messages = this.#waiting;
    this.#waiting = [];
    this.#write(messages);
  }
}
