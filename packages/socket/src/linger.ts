/**
 * What becomes of a channel whose application has said its last word and let go of it.
 *
 * The kernel does the same for a closed TCP socket: the last bytes are delivered, and the other side is given time to
 * close as well. Dropping the connection at once would make the relay cut the far side, which could lose those bytes.
 * @module
 */
import type { Channel } from './channel.js';

/** Ours: longer than any round trip; a far side that goes on sending must learn that nobody reads. */
const LINGER_MS = 5_000;

/** Waits for the far side's end, throwing its data away; after {@link LINGER_MS} the connection is cut. */
export function linger(channel: Channel): void {
  const timer = setTimeout(() => channel.abort(), LINGER_MS).unref();
  letGo(channel);
  channel.onClose = () => clearTimeout(timer);
  channel.resume();
}

/** Stops listening to the channel, which from here on keeps no process alive. */
export function letGo(channel: Channel): void {
  channel.onData = () => true;
  channel.onEnd = () => undefined;
  channel.onCut = () => undefined;
  channel.onClose = () => undefined;
  channel.unref();
}
