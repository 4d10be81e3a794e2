/**
 * Server-sent events, read from the body of a response.
 *
 * As much of the format as relay and manager send: an event has a name and data, a line that begins with a colon says only that
 * the stream is alive. Source: the HTML standard, section "Server-sent events".
 * @module
 */

/** An event. */
export interface ServerSentEvent {
  readonly event: string;
  /** Lines of it, joined. */
  readonly data: string;
}

/** Longest event, in characters: those of relay and manager are a thousandth of it. */
const MAX_EVENT = 16_777_216;

/**
 * Reads events until the body ends.
 * @param body - of a response
 * @param onBytes - told whenever something comes, be it a sign of life only
 * @throws an error for an event that does not end
 */
export async function* serverSentEvents(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void = () => undefined,
): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    onBytes();
    rest += decoder.decode(bytes, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop()!;
    if (rest.length > MAX_EVENT) throw new Error('an event does not end');
    for (const block of blocks) {
      const event = eventIn(block);
      if (event !== undefined) yield event;
    }
  }
}

function eventIn(block: string): ServerSentEvent | undefined {
  const fields = block.split(/\r?\n/).map((line) => /^(event|data): ?(.*)$/.exec(line));
  const values = (name: string) => fields.flatMap((field) => (field?.[1] === name ? [field[2]!] : []));
  const data = values('data');
  if (data.length === 0) return undefined;
  return { event: values('event')[0] ?? 'message', data: data.join('\n') };
}
