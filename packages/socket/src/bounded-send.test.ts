import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SEND_BYTES, sendBounded } from './bounded-send.js';

const collect = (pieces: Uint8Array[], failAt = Number.POSITIVE_INFINITY) =>
  new Promise<{ sent: Buffer[]; error: Error | null | undefined }>((resolve) => {
    const sent: Buffer[] = [];
    sendBounded(
      pieces,
      (batch, done) => {
        sent.push(Buffer.concat(batch));
        setImmediate(done, sent.length === failAt ? new Error('broken') : null);
      },
      (error) => resolve({ sent, error }),
    );
  });

describe('a long write', () => {
  it('goes out in order, whole, in batches that are full and not too large', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1_200_000), { maxLength: 6 }), async (sizes) => {
        const pieces = sizes.map((size, i) => Buffer.alloc(size, i + 1));
        const { sent, error } = await collect(pieces);
        expect(error).toBeFalsy();
        expect(Buffer.concat(sent).equals(Buffer.concat(pieces))).toBe(true);
        for (const batch of sent.slice(0, -1)) expect(batch.length).toBe(MAX_SEND_BYTES);
        expect(sent.at(-1)?.length ?? 0).toBeLessThanOrEqual(MAX_SEND_BYTES);
      }),
    );
  });

  it('stops at the first error', async () => {
    const { sent, error } = await collect([Buffer.alloc(5 * MAX_SEND_BYTES)], 2);
    expect(sent).toHaveLength(2);
    expect(error).toMatchObject({ message: 'broken' });
  });

  it('of nothing is done at once', () => {
    let done = false;
    sendBounded(
      [],
      () => expect.unreachable(),
      () => {
        done = true;
      },
    );
    expect(done).toBe(true);
  });
});
