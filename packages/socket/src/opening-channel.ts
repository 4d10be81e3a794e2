/**
 * A relayed connection that is being opened, for those who stay below the streams.
 * @module
 */
import type { Channel } from './channel.js';

/** A channel on its way. */
export interface OpeningChannel {
  /** The channel, not started; or why there is none. Once it is there it belongs to whoever waited. */
  readonly opened: Promise<Channel>;
  /** Gives up: `opened` rejects, and nothing stays open. Once it is open this does nothing. */
  abort(reason?: Error): void;
  /** Called once the channel that was opened is closed, where somebody keeps count. */
  readonly onClosed?: (() => void) | undefined;
}
