/**
 * Relay suite: text is text, binary is binary, and neither is looked into.
 * Source: docs/protocol.md, section 3.6 (data phase).
 * @module
 */
import { expect, it } from 'vitest';
import type { Stage } from './stage.js';
import type { ListenerSubject, SenderSubject } from './subjects.js';
import { waysBetween } from './ways.js';

/** One, two, three and four bytes a character; a zero; what would end a line or a string; longer than a frame. */
const TEXTS = {
  'with characters of every length': 'Grüße, κόσμε, 世界, 🌍',
  'with control characters': 'a\0b\r\nc\t"\\',
  'with a byte order mark': '\ufeffBOM',
  'that is empty': '',
  'longer than the largest frame': 'ø'.repeat(70_000),
};

/** Defines the tests, for as many of the two as know text. */
export function textTests(stage: Stage, listener: ListenerSubject, sender: SenderSubject): void {
  for (const { from, to, name, ends } of waysBetween(listener, sender)) {
    if (!from.traits.messages) continue;

    it.each(Object.entries(TEXTS))(`delivers a text of the ${name} %s`, async (_, text) => {
      const [here, there] = ends(await stage.meet(listener, sender));
      here.send(text);
      here.send('.');
      expect(String(await there.inbox.read(Buffer.byteLength(`${text}.`)))).toBe(`${text}.`);
      if (to.traits.messages) expect(await there.inbox.readMessages(2)).toEqual([text, '.']);
    });

    if (to.traits.messages) {
      it(`tells text of the ${name} from the same bytes as binary`, async () => {
        const [here, there] = ends(await stage.meet(listener, sender));
        const sent = ['{"a":1}', Buffer.from('{"a":1}'), '', Buffer.alloc(0), 'end'];
        for (const message of sent) here.send(message);
        expect(await there.inbox.readMessages(sent.length)).toEqual(sent);
      });
    }
  }
}
