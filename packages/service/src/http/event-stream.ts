/**
 * Server-sent events to those who watch.
 *
 * Nothing is kept for a reader that does not read: what the next event says better is left out, and with more than a megabyte waiting the stream is cut. The client asks again. What is sent to many is written down once.
 * @module
 */
import type { ServerResponse } from 'node:http';

/** How often a stream says that it is alive: before any proxy gives up on it. */
const HEARTBEAT_MS = 15_000;
/** Bytes waiting for a reader before its stream is ended. */
const MAX_WAITING_BYTES = 1_048_576;

/** An event. */
export interface ServerEvent {
  /** Its name. */
  readonly event: string;
  /** Sent as JSON. */
  readonly data: unknown;
}

/** Where events come from, and how long they may go. */
export interface EventStreamOptions<E extends ServerEvent> {
  readonly headers: Readonly<Record<string, string>>;
  /** Begins to send; `end` ends the stream. @returns what stops it */
  readonly subscribe: (send: (event: E) => void, end: () => void) => () => void;
  /** Asked before each event and heartbeat; the stream ends when it says no. */
  readonly mayGoOn: () => boolean;
  /** Whether an event may be left out for a reader that is behind, since a later one says the same better. @defaultValue none */
  readonly isPassing?: (event: E) => boolean;
  /** Called once. */
  readonly onEnd: () => void;
}

/** Sends events until somebody ends it. */
export function openEventStream<E extends ServerEvent>(
  response: ServerResponse,
  { headers, subscribe, mayGoOn, isPassing = () => false, onEnd }: EventStreamOptions<E>,
): void {
  let unsubscribe: (() => void) | undefined;
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    clearInterval(heartbeat);
    unsubscribe?.();
    // Who does not read does not read an end, either, and would hold on to all that waits.
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
    else response.end();
    onEnd();
  };
  const write = (text: string) => {
    if (isOver) return;
    if (!mayGoOn() || response.writableLength > MAX_WAITING_BYTES) end();
    else response.write(text);
  };
  const heartbeat = setInterval(() => write(':\n\n'), HEARTBEAT_MS);
  heartbeat.unref();
  response.once('close', end);
  response.writeHead(200, {
    ...headers,
    'Content-Type': 'text/event-stream; charset=utf-8',
    // Nginx would collect events until a buffer is full.
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  unsubscribe = subscribe((event) => {
    if (response.writableNeedDrain && isPassing(event)) return;
    write(textOf(event));
  }, end);
  // It may have ended while it was subscribed.
  if (isOver) unsubscribe();
}

/** What is sent to many is made once. */
const TEXTS = new WeakMap<ServerEvent, string>();

function textOf(event: ServerEvent): string {
  let text = TEXTS.get(event);
  if (text === undefined) {
    text = `event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
    TEXTS.set(event, text);
  }
  return text;
}
