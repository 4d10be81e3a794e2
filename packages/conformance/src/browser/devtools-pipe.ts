/**
 * The DevTools protocol over a pair of pipes: JSON texts with a zero byte behind each.
 *
 * No port is opened, and the browser ends when the pipes do.
 * @module
 */
import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** A message of the browser's own accord. */
export interface DevtoolsEvent {
  readonly method: string;
  readonly sessionId?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

interface Reply {
  readonly id: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** One end of the pipes. */
export class DevtoolsPipe extends EventEmitter<{ event: [DevtoolsEvent] }> {
  readonly #toBrowser: Writable;
  readonly #waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  #lastId = 0;
  #text = '';

  constructor(toBrowser: Writable, fromBrowser: Readable) {
    super();
    this.setMaxListeners(0); // each page listens to a few methods
    this.#toBrowser = toBrowser;
    toBrowser.on('error', () => this.#end()); // the browser is gone
    fromBrowser.setEncoding('utf8');
    fromBrowser.on('data', (text: string) => this.#read(text));
    fromBrowser.on('close', () => this.#end());
  }

  /** Calls a method. @param sessionId - of the page, for methods that are about one */
  async call(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
    sessionId?: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    this.#lastId += 1;
    const id = this.#lastId;
    const reply = new Promise<Reply>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const message = { id, method, params, ...(sessionId === undefined ? {} : { sessionId }) };
    this.#toBrowser.write(`${JSON.stringify(message)}\0`);
    const { result, error } = await reply;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  #read(text: string): void {
    const messages = (this.#text + text).split('\0');
    this.#text = messages.pop() ?? '';
    for (const message of messages) {
      const parsed = JSON.parse(message) as Reply | DevtoolsEvent;
      if ('method' in parsed) {
        this.emit('event', parsed);
      } else {
        this.#waiting.get(parsed.id)?.resolve(parsed);
        this.#waiting.delete(parsed.id);
      }
    }
  }

  #end(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('The browser is gone'));
    this.#waiting.clear();
  }
}
