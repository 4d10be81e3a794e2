/**
 * How long the way through the tunnel takes, over and over.
 *
 * To a manager of ours and back, in a connection that is open: what a query waits for besides the service itself. With any other
 * listener only the opening of connections can be measured, each of which the target sees.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isOutOfTime } from './deadline.js';
import type { Journey } from './journey.js';
import { openingWords } from './refusal-words.js';
import type { Finding } from './step.js';
import { close, openTunnel, tenths } from './tunnel.js';

/** Between two of them, in milliseconds: each is to find the way quiet. */
const PAUSE_MS = 100;

/** Measures. */
export async function roundTrips(journey: Journey): Promise<Finding> {
  const { settings, manager } = journey;
  const isManager = manager !== undefined;
  const took: number[] = [];
  while (took.length < settings.rounds) {
    if (took.length > 0) await pause(settings.signal);
    const once = isManager ? await pinged(journey, took.length) : await opened(journey);
    if (typeof once !== 'number') return once;
    took.push(once);
  }
  const detail = {
    of: isManager ? 'manager' : 'connection',
    count: took.length,
    minMs: tenths(Math.min(...took)),
    avgMs: tenths(took.reduce((sum, ms) => sum + ms, 0) / took.length),
    maxMs: tenths(Math.max(...took)),
  };
  const times = `min ${detail.minMs}, avg ${detail.avgMs}, max ${detail.maxMs} ms`;
  const message = isManager
    ? `${detail.count} × through the relay to the manager and back: ${times}`
    : `${detail.count} × a connection to the target opened: ${times}`;
  return { outcome: 'ok', message, detail, tookMs: took.reduce((sum, ms) => sum + ms, 0) };
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  // What it rejects with is an error about the signal's reason, and that is to be thrown.
  await sleep(PAUSE_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}

async function pinged({ manager, limits }: Journey, number: number): Promise<number | Finding> {
  const startedAt = performance.now();
  try {
    if (await manager!.ping(number, limits)) return performance.now() - startedAt;
  } catch (error) {
    if (!isOutOfTime(error)) throw error;
    return lost(number, `no answer within ${limits.timeoutMs} ms`);
  }
  return lost(number, 'the connection was cut');
}

function lost(number: number, why: string): Finding {
  return {
    outcome: 'failed',
    message: `round trip ${number + 1} to the manager: ${why}`,
    advice:
      'The way was open a moment ago: look at the logs of relay and manager, and at what is between them',
    detail: { done: number },
  };
}

async function opened(journey: Journey): Promise<number | Finding> {
  const { settings } = journey;
  const tunnel = await openTunnel(journey, settings.protocols ?? []);
  if ('error' in tunnel) {
    const words = openingWords(tunnel.error, journey.refused, settings.probeTimeoutMs);
    return { outcome: 'failed', ...words };
  }
  tunnel.channel.start();
  await close(tunnel);
  return tunnel.openMs;
}
