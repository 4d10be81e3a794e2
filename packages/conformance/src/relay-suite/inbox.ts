/**
 * What one end of a relayed connection received, in order, and how it ended.
 *
 * Ends that know messages and ends that know only bytes are compared by their bytes.
 * @module
 */
import { within } from '../deadline.js';

const READ_TIMEOUT_MS = 30_000;

/** How a connection ended, as one end saw it: finished, with the code where the end is told one, or cut. */
export type Ending =
  | { readonly clean: true; readonly code?: number; readonly reason?: string }
  | { readonly clean: false; readonly code?: string };

/** Collects until somebody reads. */
export class Inbox {
  /** Whole messages, as the library gave them; empty for ends that know only bytes. */
  readonly messages: (Buffer | string)[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  #ending: Ending | undefined;
  #wake: () => void = () => {};
  #tap: ((data: Buffer | string) => void) | undefined;

  /** From now on gives everything to the callback instead of keeping it; what is there already comes first. */
  tap(callback: (data: Buffer | string) => void): void {
    this.#tap = callback;
    const kept = this.messages.length > 0 ? this.messages.splice(0) : this.#chunks;
    this.#chunks = [];
    this.#length = 0;
    for (const data of kept) callback(data);
  }

  /** Takes a message: text is a string, binary a buffer. */
  addMessage(message: Buffer | string): void {
    if (this.#tap !== undefined) {
      this.#tap(message);
      return;
    }
    this.messages.push(message);
    this.addBytes(Buffer.from(message as string));
  }

  /** Takes bytes, which are copied. */
  addBytes(bytes: Buffer): void {
    if (this.#tap !== undefined) {
      this.#tap(bytes);
      return;
    }
    this.#chunks.push(Buffer.from(bytes));
    this.#length += bytes.length;
    this.#wake();
  }

  /** The first ending counts. */
  end(ending: Ending): void {
    this.#ending ??= ending;
    this.#wake();
  }

  /** Exactly so many bytes. @throws Error when the connection ends before they are there. */
  async read(count: number): Promise<Buffer> {
    await this.#until(() => this.#length >= count || this.#ending !== undefined, `${count} bytes`);
    if (this.#length < count) {
      throw new Error(`${this.#length} of ${count} bytes, then ${JSON.stringify(this.#ending)}`);
    }
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all.subarray(count)];
    this.#length -= count;
    return all.subarray(0, count);
  }

  /** The next whole messages. */
  async readMessages(count: number): Promise<(Buffer | string)[]> {
    const enough = () => this.messages.length >= count || this.#ending !== undefined;
    await this.#until(enough, `${count} messages`);
    return this.messages.slice(0, count);
  }

  /** How it ended. */
  async ended(): Promise<Ending> {
    await this.#until(() => this.#ending !== undefined, 'the end of the connection');
    return this.#ending!;
  }

  async #until(done: () => boolean, what: string): Promise<void> {
    while (!done()) {
      const more = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await within(more, READ_TIMEOUT_MS, `${what} (${this.#length} bytes are there)`);
    }
  }
}
