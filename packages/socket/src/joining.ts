/**
 * How `splice()` comes by the channel of a tunnel, which may still be opening and may be a stream to those who have it.
 * @module
 */
import type { Channel } from './channel.js';
import type { HybridConnectionSocket } from './hybrid-connection-socket.js';
import { letGo } from './linger.js';
import type { OpeningChannel } from './opening-channel.js';
import { kTakeChannel, type TakenChannel } from './taken-channel.js';

/** Either is a tunnel to `splice()`. */
export type Tunnel = HybridConnectionSocket | OpeningChannel;

/** Who waits for a channel. */
export interface Joining {
  onOpen(taken: TakenChannel): void;
  /** It did not open, or went away before it was taken. @param isGone - nothing is left of it */
  onFailed(error: Error | undefined, isGone: boolean): void;
}

/** Waits until a tunnel is open, and takes its channel. @returns what gives it up before that. */
export function join(tunnel: Tunnel, joining: Joining): () => void {
  return 'opened' in tunnel ? joinChannel(tunnel, joining) : joinSocket(tunnel, joining);
}

function joinChannel(tunnel: OpeningChannel, { onOpen, onFailed }: Joining): () => void {
  let isGivenUp = false;
  tunnel.opened.then(
    (channel) => {
      const release = tunnel.onClosed ?? NOTHING;
      if (!isGivenUp) {
        onOpen(unused(channel, release));
        return;
      }
      letGo(channel);
      channel.onClose = () => {
        release();
        onFailed(undefined, true);
      };
      channel.abort();
    },
    (error) => onFailed(error, true),
  );
  return () => {
    isGivenUp = true;
    tunnel.abort();
  };
}

/** A channel that nobody has used. Apart from the above, so that nothing of how it was opened stays in memory with it. */
function unused(channel: Channel, release: () => void): TakenChannel {
  return { channel, started: false, chunks: [], ended: false, flushed: atOnce, onDestroy: NOTHING, release };
}

const NOTHING = (): void => undefined;
const atOnce = (callback: () => void): void => callback();

function joinSocket(tunnel: HybridConnectionSocket, { onOpen, onFailed }: Joining): () => void {
  let isTaken = false;
  const take = () => {
    const taken = tunnel[kTakeChannel]();
    isTaken = taken !== undefined;
    if (taken !== undefined) onOpen(taken);
    else onFailed(new Error('A tunnel that is closed, or that somebody reads, cannot be spliced'), false);
  };
  // Once it is taken its channel reports, and this is silent.
  tunnel.on('error', (error) => {
    if (!isTaken) onFailed(error, false);
  });
  tunnel.once('close', () => {
    if (!isTaken) onFailed(undefined, true);
  });
  if (tunnel.connecting) tunnel.once('connect', take);
  else take();
  return () => tunnel.destroy();
}
