import { describe, expect, it, vi } from 'vitest';
import { serverSentEvents } from './server-sent-events.js';

async function read(...chunks: readonly string[]) {
  const encoder = new TextEncoder();
  const onBytes = vi.fn();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
  const events = [];
  for await (const event of serverSentEvents(body, onBytes)) events.push(event);
  return { events, pieces: onBytes.mock.calls.length };
}

describe('server-sent events', () => {
  it('are read wherever they are cut', async () => {
    const text = 'event: record\ndata: {"a":"ü"}\n\nevent: changed\ndata: {}\n\n';
    const expected = [
      { event: 'record', data: '{"a":"ü"}' },
      { event: 'changed', data: '{}' },
    ];
    expect((await read(text)).events).toEqual(expected);
    for (let at = 1; at < text.length; at += 1) {
      expect((await read(text.slice(0, at), text.slice(at))).events).toEqual(expected);
    }
  });

  it('pass over a sign of life, which is noticed', async () => {
    expect(await read(':\n\n', ':\n\n')).toEqual({ events: [], pieces: 2 });
  });

  it('are not there until they are whole', async () => {
    expect((await read('event: record\ndata: {}\n')).events).toEqual([]);
  });
});
