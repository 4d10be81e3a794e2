/**
 * Relay suite: several listeners share a hybrid connection.
 * Source: docs/protocol.md, section 2.10 (listener choice).
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Stage } from './stage.js';
import type { ListenerSubject, SenderSubject } from './subjects.js';

/** Half of the listeners are of one kind, half of the other. */
export function sharingTests(
  stage: Stage,
  listeners: readonly [ListenerSubject, ListenerSubject],
  sender: SenderSubject,
): void {
  describe(`${listeners[0].name} and ${listeners[1].name} on one hybrid connection`, () => {
    it('both get connections, and the one that stays gets all', async () => {
      const place = stage.place();
      const served = [0, 0];
      const [first] = await Promise.all(
        listeners.map((listener, index) =>
          stage.listen(listener, place, {
            onPeer: (peer) => {
              served[index]! += 1;
              peer.send(Buffer.from(String(index)));
            },
          }),
        ),
      );
      await visit(stage, sender, place, 40);
      // A fair coin misses one side in 40 throws about twice in 10^12 runs.
      expect(Math.min(...served)).toBeGreaterThan(0);
      expect(served[0]! + served[1]!).toBe(40);

      await first!.close();
      await visit(stage, sender, place, 10);
      expect(served[0]! + served[1]!).toBe(50);
    });
  });
}

async function visit(
  stage: Stage,
  sender: SenderSubject,
  place: Parameters<Stage['connect']>[1],
  times: number,
) {
  for (let visitor = 0; visitor < times; visitor += 1) {
    const peer = await stage.connect(sender, place);
    await peer.inbox.read(1);
    peer.abort();
  }
}
