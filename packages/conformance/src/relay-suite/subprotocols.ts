/**
 * Relay suite: which subprotocol both ends are told.
 * Source: docs/protocol.md, section 3.5 (subprotocols).
 * @module
 */
import { expect, it } from 'vitest';
import type { Stage } from './stage.js';
import type { ListenerSubject, SenderSubject } from './subjects.js';

/** Defines the tests. Our own sender has no use for the answer and is not asked. */
export function subprotocolTests(stage: Stage, listener: ListenerSubject, sender: SenderSubject): void {
  const asked = sender.traits.messages;

  it('gives both ends the one that the sender offers', async () => {
    const { atListener, atSender } = await stage.meet(listener, sender, { protocols: ['mqtt'] });
    expect(atListener.protocol).toBe('mqtt');
    if (asked) expect(atSender.protocol).toBe('mqtt');
  });

  it('gives both ends the first of several', async () => {
    const protocols = ['chat', 'v2.chat+json', 'x'];
    const { atListener, atSender } = await stage.meet(listener, sender, { protocols });
    expect(atListener.protocol).toBe('chat');
    if (asked) expect(atSender.protocol).toBe('chat');
  });

  it('gives neither end any when the sender offers none', async () => {
    const { atListener, atSender } = await stage.meet(listener, sender);
    const knows = listener.traits.knowsOwnProtocols === true;
    expect(atListener.protocol).toBe(knows ? undefined : sender.traits.ownProtocol);
    if (asked) expect(atSender.protocol).toBeUndefined();
  });

  if (listener.traits.chooses) {
    it('gives both ends the one that the listener chooses', async () => {
      const choice = { protocolFor: (offered: readonly string[]) => offered.at(-1) };
      const options = { protocols: ['chat', 'v2.chat+json', 'x'] };
      const { atListener, atSender } = await stage.meet(listener, sender, options, choice);
      expect(atListener.protocol).toBe('x');
      if (asked) expect(atSender.protocol).toBe('x');
    });
  }
}
