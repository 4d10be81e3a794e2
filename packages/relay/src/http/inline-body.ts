/**
 * Reads the body of a request as far as it can travel together with the request.
 *
 * A body that says it is small is read whole. One that does not say is given a moment: when it has ended by then and is
 * small, it travels with the request too; otherwise what was read so far is given back, and the rest stays with the
 * sender, held back by TCP, until a listener comes for it.
 *
 * Source: docs/protocol.md, section 4.1.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { MAX_INLINE_BODY_BYTES } from '@hybridge/protocol';

/** How long a body of unknown length may take. Ours: long enough for a body that is there, hardly felt by any other. */
const MOMENT_MS = 100;

/** What there is of a body. */
export type InlineBody =
  /** All of it; `undefined`: there is none. */
  | { readonly type: 'whole'; readonly bytes: Buffer | undefined }
  /** The beginning. The request is paused. */
  | { readonly type: 'part'; readonly chunks: readonly Buffer[] }
  /** It said that it is small, and did not come. */
  | { readonly type: 'late' }
  /** The sender went away. */
  | { readonly type: 'gone' };

/** Whether a request has a body that is not known to be empty. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return (
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] !== undefined && Number(headers['content-length']) > 0)
  );
}

/**
 * Reads. Never rejects.
 * @param lateMs - how long a body may take that says it is small
 */
export function readInlineBody(request: IncomingMessage, lateMs: number): Promise<InlineBody> {
  const length = request.headers['content-length'];
  const isSmall = length !== undefined && Number(length) <= MAX_INLINE_BODY_BYTES;
  if (length !== undefined && !isSmall) return Promise.resolve({ type: 'part', chunks: [] });

  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const done = (body: InlineBody): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      if (body.type === 'part') request.pause();
      resolve(body);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_INLINE_BODY_BYTES) done({ type: 'part', chunks });
    };
    const onEnd = (): void => {
      const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes);
      done({ type: 'whole', bytes: bytes === 0 ? undefined : whole });
    };
    const onClose = (): void => done({ type: 'gone' });
    const timer = setTimeout(
      () => done(isSmall ? { type: 'late' } : { type: 'part', chunks }),
      isSmall ? lateMs : MOMENT_MS,
    );
    request.on('data', onData).once('end', onEnd).once('close', onClose);
  });
}
