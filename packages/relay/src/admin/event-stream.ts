/**
 * Server-sent events to those who watch.
 *
 * Nothing is kept for a reader that does not read: an overview is left out, since the next one says the same better, and
 * with more than a megabyte waiting the stream is cut. The client asks again. What is sent to many is written down once.
 * @module
 */
import type { ServerResponse } from 'node:http';
import type { LiveEvent } from './ports.js';

/** How often a stream says that it is alive: before any proxy gives up on it. */
const HEARTBEAT_MS = 15_000;
/** Bytes waiting for a reader before its stream is ended. */
const MAX_WAITING_BYTES = 1_048_576;

/** Where events come from, and how long they may go. */
export interface EventStreamOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly subscribe: (send: (event: LiveEvent) => void) => () => void;
  /** Asked before each event and heartbeat; the stream ends when it says no. */
  readonly mayGoOn: () => boolean;
  /** Called once. */
  readonly onEnd: () => void;
}

/** Sends events until somebody ends it. */
export function openEventStream(
  response: ServerResponse,
  { headers, subscribe, mayGoOn, onEnd }: EventStreamOptions,
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
    if (event.event === 'overview' && response.writableNeedDrain) return;
    write(textOf(event));
  });
  // It may have ended while it was subscribed.
  if (isOver) unsubscribe();
}

/** An overview of thousands is made once and sent to all who watch. */
const TEXTS = new WeakMap<LiveEvent, string>();

function textOf(event: LiveEvent): string {
  let text = TEXTS.get(event);
  if (text === undefined) {
    text = `event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
    TEXTS.set(event, text);
  }
  return text;
}
