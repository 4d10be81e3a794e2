/**
 * Relay suite: who may not come in is told why, by the status of docs/protocol.md, section 2.2.
 * @module
 */
import { generateKey } from '@hybridge/sas';
import { describe, expect, it } from 'vitest';
import type { Stage } from './stage.js';
import type { ListenerSubject, Place, SenderSubject } from './subjects.js';

/** What a sender may do wrong. */
export function senderRefusalTests(stage: Stage, listener: ListenerSubject, sender: SenderSubject): void {
  describe('a sender', () => {
    it('is told 404 when nobody listens', async () => {
      await expect(stage.connect(sender, stage.place())).rejects.toMatchObject({ status: 404 });
    });

    it('is told 404 again once the only listener has gone', async () => {
      const place = stage.place();
      const running = await stage.echo(listener, place);
      await stage.connect(sender, place);
      await running.close();
      await expect(stage.connect(sender, place)).rejects.toMatchObject({ status: 404 });
    });

    it.for(mistakes('sender'))('is told $status for $mistake', async ({ status, make }, { skip }) => {
      const place = stage.place();
      skip(status === 403 && place.sharedRule === true, 'there is one rule, and it may do both');
      await stage.echo(listener, place);
      await expect(stage.connect(sender, make(place))).rejects.toMatchObject({ status });
    });
  });
}

/** What a listener may do wrong. */
export function listenerRefusalTests(stage: Stage, listener: ListenerSubject): void {
  describe(`${listener.name} as a listener`, () => {
    it.for(mistakes('listener'))('is told $status for $mistake', async ({ status, make }, { skip }) => {
      const place = stage.place();
      skip(status === 403 && place.sharedRule === true, 'there is one rule, and it may do both');
      const listening = stage.listen(listener, make(place), { onPeer: () => {} });
      await expect(listening).rejects.toMatchObject({ status });
    });
  });
}

function mistakes(role: 'sender' | 'listener') {
  const other = role === 'sender' ? 'listener' : 'sender';
  return [
    {
      mistake: 'an unknown hybrid connection',
      status: 404,
      make: (place: Place): Place => ({ ...place, entity: 'nowhere' }),
    },
    {
      mistake: 'a wrong key',
      status: 401,
      make: (place: Place): Place => ({ ...place, [role]: { ...place[role], key: generateKey() } }),
    },
    {
      mistake: 'a rule that does not exist',
      status: 401,
      make: (place: Place): Place => ({ ...place, [role]: { ...place[role], keyName: 'nobody' } }),
    },
    {
      mistake: 'a rule that lacks the right',
      status: 403,
      make: (place: Place): Place => ({ ...place, [role]: place[other] }),
    },
  ];
}
