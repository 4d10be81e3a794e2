/**
 * Server-sent events out of text that comes in pieces.
 *
 * A browser's own `EventSource` cannot send an `Authorization` header, so the stream is read with `fetch`, and its
 * format here. Source: the HTML standard, "server-sent events"; `id` and `retry` are left out, as our server sends none.
 * @module
 */

/** One event. */
export interface ServerEvent {
  /** @defaultValue message, as the standard has it */
  readonly event: string;
  readonly data: string;
}

/** Takes text in, gives events out. */
export class EventStreamParser {
  #text = '';
  #event = '';
  #data: string[] = [];

  /** @returns the events that this piece completes */
  push(text: string): ServerEvent[] {
    const lines = (this.#text + text).split(/\r\n|\n|\r(?!$)/);
    this.#text = lines.pop() ?? '';
    const events: ServerEvent[] = [];
    for (const line of lines) {
      if (line !== '') {
        this.#field(line);
      } else {
        if (this.#data.length > 0)
          events.push({ event: this.#event || 'message', data: this.#data.join('\n') });
        this.#event = '';
        this.#data = [];
      }
    }
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment, which keeps the connection open
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    if (name === 'data') this.#data.push(value);
  }
}
