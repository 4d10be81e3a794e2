/**
 * Hands a long write to the channel piece by piece.
 *
 * The channel copies what it masks. A driver that writes 200 MB in one call would have them twice in memory; so no
 * more than a piece is copied, and the next one when the kernel has taken it.
 * @module
 */
import type { WriteCallback } from './channel.js';

/** Large enough that a bulk transfer does not feel it, small enough to have thousands of them. */
export const MAX_SEND_BYTES = 512 * 1024;

/**
 * Sends `pieces` in order, at most 512 KiB at a time.
 * @param send - sends a batch and calls back once the kernel has it.
 * @param done - called once: after the last batch, or with the first error.
 */
export function sendBounded(
  pieces: readonly Uint8Array[],
  send: (batch: readonly Uint8Array[], done: WriteCallback) => void,
  done: WriteCallback,
): void {
  let index = 0;
  let offset = 0;

  const next: WriteCallback = (error) => {
    if (error || index === pieces.length) {
      done(error);
      return;
    }
    const batch: Uint8Array[] = [];
    for (let room = MAX_SEND_BYTES; room > 0 && index < pieces.length; ) {
      const piece = pieces[index]!;
      const part = piece.subarray(offset, offset + room);
      batch.push(part);
      room -= part.length;
      offset += part.length;
      if (offset < piece.length) continue;
      index += 1;
      offset = 0;
    }
    send(batch, next);
  };
  next();
}
