/**
 * WebSockets through the relay, opened as connections open them, and closed in order.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { connectUrl } from '@hybridge/protocol';
import { type DataChannel, dial } from '@hybridge/socket';
import type { Journey } from './journey.js';

/** How long a channel is given to close in order, in milliseconds; then it is cut. */
export const CLOSE_MS = 1_000;

/** A WebSocket that is open, and not started. */
export interface OpenChannel {
  readonly channel: DataChannel;
  /** The subprotocol that was agreed on. */
  readonly protocol: string | undefined;
  /** From asking until it was open, in milliseconds. */
  readonly openMs: number;
  /** Resolves once it is gone. */
  readonly closed: Promise<void>;
}

/** One that is, or why it is not. */
export type Opened = OpenChannel | { readonly error: Error };

/** Opens a connection as a sender does. @param protocols - to offer */
export function openTunnel(journey: Journey, protocols: readonly string[]): Promise<Opened> {
  const { address, settings } = journey;
  const { suffix, query, headers, probeTimeoutMs } = settings;
  const url = connectUrl(address, { id: randomUUID(), suffix, query });
  return openChannel(journey, url, { protocols, headers, timeoutMs: probeTimeoutMs });
}

/** What is asked for. */
interface Asked {
  readonly timeoutMs: number;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Opens a WebSocket at the relay. @throws the reason of the caller's signal */
export async function openChannel(journey: Journey, url: URL, asked: Asked): Promise<Opened> {
  const { transport, settings } = journey;
  const { timeoutMs, protocols = [], headers = {} } = asked;
  try {
    const token = await journey.token();
    const credential = token === undefined ? {} : { ServiceBusAuthorization: token };
    const startedAt = performance.now();
    const { channel, protocol } = await dial(url, {
      ...{ ...transport, timeoutMs, signal: settings.signal },
    }).upgrade({ headers: { ...headers, ...credential }, protocols });
    const openMs = tenths(performance.now() - startedAt);
    const closed = new Promise<void>((resolve) => {
      channel.onClose = resolve;
    });
    return { channel, protocol, openMs, closed };
  } catch (error) {
    if (!(error instanceof Error) || settings.signal?.aborted) throw error;
    return { error };
  }
}

/** Closes in order, so that the other end sees an end and no failure; a channel that does not close is cut. */
export async function close({ channel, closed }: OpenChannel): Promise<void> {
  channel.onData = () => true;
  const cut = setTimeout(() => channel.abort(), CLOSE_MS);
  channel.end();
  await closed;
  clearTimeout(cut);
}

/** Milliseconds with one digit behind the point. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
