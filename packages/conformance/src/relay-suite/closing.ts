/**
 * Relay suite: an end is an end, with its code, and a cut is a cut.
 * Source: docs/protocol.md, section 3.7 (close and half-close).
 * @module
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Stage } from './stage.js';
import type { ListenerSubject, SenderSubject, Traits } from './subjects.js';
import { waysBetween } from './ways.js';

/** Defines the tests. */
export function closingTests(stage: Stage, listener: ListenerSubject, sender: SenderSubject): void {
  describe.each(waysBetween(listener, sender))('when the $name', ({ from, to, ends }) => {
    const [left, right] = [from.traits, to.traits];
    const meet = async () => ends(await stage.meet(listener, sender));

    it('closes, lets everything arrive first and then the end', async () => {
      const [closing, other] = await meet();
      const sent = randomBytes(300_000);
      closing.send(sent);
      closing.close(1000, 'done');
      expect(sent.equals(await other.inbox.read(sent.length))).toBe(true);
      expect(await other.inbox.ended()).toMatchObject({ clean: true });
      if (right.halfClose) other.close();
      expect(await closing.inbox.ended()).toMatchObject({ clean: true });
    });

    it('aborts, shows a cut and not an end', async () => {
      const [aborting, other] = await meet();
      aborting.abort();
      expect(await other.inbox.ended()).toMatchObject({ clean: false });
      if (right.halfClose) expect(await other.inbox.ended()).toMatchObject({ code: 'ECONNRESET' });
    });

    if (left.messages && right.messages) {
      it('closes with a code and a reason of its own, delivers both', async () => {
        const [closing, other] = await meet();
        closing.close(4001, 'moved');
        expect(await other.inbox.ended()).toEqual({ clean: true, code: 4001, reason: 'moved' });
      });
    }

    if (bothHalfClose(left, right)) {
      it('ends its own direction only, still gets the answer', async () => {
        const [closing, other] = await meet();
        const question = randomBytes(500_000);
        const answer = randomBytes(400_000);
        closing.send(question);
        closing.close();
        expect(question.equals(await other.inbox.read(question.length))).toBe(true);
        expect(await other.inbox.ended()).toEqual({ clean: true });
        other.send(answer);
        other.close();
        expect(answer.equals(await closing.inbox.read(answer.length))).toBe(true);
        expect(await closing.inbox.ended()).toEqual({ clean: true });
      });
    }
  });
}

function bothHalfClose(left: Traits, right: Traits): boolean {
  return left.halfClose && right.halfClose;
}
