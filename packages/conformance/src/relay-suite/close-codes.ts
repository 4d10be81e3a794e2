/**
 * Relay suite: the code and the reason of a Close are those of whoever closed.
 * Source: docs/protocol.md, section 3.7 (close and half-close); RFC 6455, section 7.4.
 * @module
 */
import { expect, it } from 'vitest';
import type { Stage } from './stage.js';
import type { ListenerSubject, SenderSubject } from './subjects.js';
import { waysBetween } from './ways.js';

/** What every library lets its application send: browsers refuse all but 1000 and 3000 to 4999. */
const CLOSES: readonly (readonly [code: number, reason: string])[] = [
  [1000, ''],
  [1000, 'Normal Closure'],
  [3000, 'unauthorized'],
  [4000, 'ünïcödé ✓'],
  [4999, 'x'.repeat(123)],
];

/** Defines the tests; ends that know only bytes see an end, and those that know messages how it was called. */
export function closeCodeTests(stage: Stage, listener: ListenerSubject, sender: SenderSubject): void {
  for (const { from, to, name, ends } of waysBetween(listener, sender)) {
    if (from.traits.messages) {
      it.each(CLOSES)(`passes on that the ${name} closes with %i %j`, async (code, reason) => {
        const [here, there] = ends(await stage.meet(listener, sender));
        here.close(code, reason);
        expect(await there.inbox.ended()).toEqual(
          to.traits.messages ? { clean: true, code, reason } : { clean: true },
        );
        if (to.traits.halfClose) there.close();
        expect(await here.inbox.ended()).toMatchObject({ clean: true });
      });
    }

    it(`ends in order when the ${name} closes without a code`, async () => {
      const [here, there] = ends(await stage.meet(listener, sender));
      here.close();
      expect(await there.inbox.ended()).toMatchObject({ clean: true });
      if (to.traits.halfClose) there.close();
      expect(await here.inbox.ended()).toMatchObject({ clean: true });
    });
  }

  it('ends once when both close at the same time', async () => {
    const { atListener, atSender } = await stage.meet(listener, sender);
    atListener.close(1000, 'listener');
    atSender.close(1000, 'sender');
    for (const peer of [atListener, atSender]) {
      expect(await peer.inbox.ended()).toMatchObject({ clean: true });
    }
  });
}
