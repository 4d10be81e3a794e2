/**
 * Relay suite: a message may come in several frames, and stays one message.
 * Source: docs/protocol.md, section 3.6 (data phase).
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Stage } from './stage.js';
import type { ListenerSubject, SenderSubject } from './subjects.js';
import { waysBetween } from './ways.js';

const KIB = 1024;
/** Lengths of the fragments of one message. */
const SHAPES = [
  [10, 70_000, 1],
  [0, 1, 0, 1, 0],
  [64 * KIB, 64 * KIB + 1],
  Array<number>(500).fill(20),
  [1024 * KIB, 1],
];

/** Defines the tests, for as many of the two as can send fragments. */
export function fragmentTests(stage: Stage, listener: ListenerSubject, sender: SenderSubject): void {
  for (const { from, to, name, ends } of waysBetween(listener, sender)) {
    if (!from.traits.fragments) continue;

    it.each(SHAPES.map((shape) => [`${shape.slice(0, 5)}${shape.length > 5 ? ', …' : ''}`, shape] as const))(
      `delivers what the ${name} sends in fragments of %s bytes`,
      async (_, shape) => {
        const [here, there] = ends(await stage.meet(listener, sender));
        const fragments = shape.map((length) => randomBytes(length));
        const sent = Buffer.concat(fragments);
        here.sendFragments!(fragments);
        expect(digest(await there.inbox.read(sent.length))).toBe(digest(sent));
      },
    );

    if (to.traits.messages) {
      it(`keeps what the ${name} sends in fragments one message, apart from the next`, async () => {
        const [here, there] = ends(await stage.meet(listener, sender));
        const fragments = [randomBytes(100_000), randomBytes(3)];
        here.sendFragments!(fragments);
        here.sendFragments!([Buffer.from('ne'), Buffer.from('xt')]);
        const [first, second] = await there.inbox.readMessages(2);
        expect(digest(first as Buffer)).toBe(digest(Buffer.concat(fragments)));
        expect(String(second)).toBe('next');
      });
    }
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
