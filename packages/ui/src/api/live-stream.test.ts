/**
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiClient, EventsOptions } from './api-client.js';
import type { ServerEvent } from './event-stream.js';
import { type LiveState, LiveStream } from './live-stream.js';

type Source = (signal: AbortSignal, options: EventsOptions) => AsyncGenerator<ServerEvent, void>;

/** A server whose streams a test makes, one after the other; then it says nothing. */
function serverOf(...sources: Source[]): Pick<ApiClient, 'events'> {
  return {
    events: (_path, signal, options = {}) => (sources.shift() ?? silent)(signal, options),
  };
}

async function* silent(signal: AbortSignal): AsyncGenerator<ServerEvent, void> {
  yield* [];
  await new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }),
  );
}

function one(data: number): Source {
  return async function* () {
    yield { event: 'status', data: JSON.stringify(data) };
  };
}

describe('a stream that is kept open', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => void vi.useRealTimers());

  it('is live with the first event, lost at its end, and taken up again', async () => {
    const states: LiveState['name'][] = [];
    const seen: unknown[] = [];
    const onAgain = vi.fn();
    const stream = new LiveStream({
      client: serverOf(one(1), one(2)),
      path: 'api/events',
      onEvent: (_event, data) => seen.push(data),
      onAgain,
      random: () => 1,
    });
    stream.state.watch(({ name }) => states.push(name));
    stream.start();
    await vi.advanceTimersByTimeAsync(10);
    expect(states).toEqual(['live', 'lost']);
    expect(onAgain).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(500);
    expect(states).toEqual(['live', 'lost', 'live', 'lost']);
    expect(seen).toEqual([1, 2]);
    expect(onAgain).toHaveBeenCalledOnce();
    stream.close();
  });

  it('is lost without a sign of life, of which a heartbeat is one, and says since when', async () => {
    let sign = () => {};
    const stream = new LiveStream({
      client: serverOf(async function* (signal, { onSign = sign }) {
        sign = onSign;
        yield* one(1)(signal, {});
        yield* silent(signal);
      }),
      path: 'api/events',
      onEvent: () => {},
    });
    stream.start();
    await vi.advanceTimersByTimeAsync(15_000);
    sign();
    await vi.advanceTimersByTimeAsync(19_999);
    expect(stream.state.value).toEqual({ name: 'live' });
    await vi.advanceTimersByTimeAsync(1);
    expect(stream.state.value).toEqual({ name: 'lost', since: 1_015_000 });
    stream.close();
  });

  it('is not opened again once it is closed', async () => {
    const server = serverOf(one(1));
    const events = vi.spyOn(server, 'events');
    const stream = new LiveStream({ client: server, path: 'api/events', onEvent: () => {} });
    stream.start();
    await vi.advanceTimersByTimeAsync(0);
    stream.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toHaveBeenCalledOnce();
  });
});
