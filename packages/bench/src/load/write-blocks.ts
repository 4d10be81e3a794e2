/** Sending many bytes without making any. @module */
import type { Writable } from 'node:stream';

/**
 * Writes `length` bytes in writes of `blockBytes`, no faster than the stream takes them.
 * @returns a promise that is fulfilled when all have been written, or the stream is closed.
 */
export function writeBlocks(stream: Writable, length: number, blockBytes: number): Promise<void> {
  const block = Buffer.alloc(Math.min(blockBytes, length), 'hybridge');
  let left = length;
  return new Promise((resolve) => {
    const finish = () => {
      stream.off('drain', fill).off('close', finish);
      resolve();
    };
    const fill = () => {
      while (left > 0 && !stream.destroyed) {
        const bytes = left >= block.length ? block : block.subarray(0, left);
        left -= bytes.length;
        if (!stream.write(bytes)) return;
      }
      finish();
    };
    stream.on('drain', fill).once('close', finish);
    fill();
  });
}
