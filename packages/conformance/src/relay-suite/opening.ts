/**
 * Relay suite: what a sender asks for reaches the listener, and the listener's choice comes back.
 * Source: docs/protocol.md, sections 1.3, 1.5, 3.3 to 3.5.
 * @module
 */
import { expect, it } from 'vitest';
import type { Stage } from './stage.js';
import type { ListenerSubject, SenderSubject } from './subjects.js';

/** Defines the tests. */
export function openingTests(stage: Stage, listener: ListenerSubject, sender: SenderSubject): void {
  it.each(['header', 'query'] as const)('opens with the token in the %s', async (tokenIn) => {
    const { atListener, atSender, incoming } = await stage.meet(listener, sender, { tokenIn });
    atSender.send(Buffer.from('in'));
    expect(String(await atListener.inbox.read(2))).toBe('in');
    expect(JSON.stringify(incoming)).not.toContain('SharedAccessSignature');
    expect(JSON.stringify(incoming)).not.toContain('sb-hc-');
  });

  it("delivers the path behind the hybrid connection's name, and the query", async () => {
    const options = { suffix: '/tenants/7', query: '?color=red&color=blue' };
    const { incoming } = await stage.meet(listener, sender, options);
    expect(incoming).toMatchObject({ path: '/tenants/7', query: '?color=red&color=blue' });
  });

  it('delivers no path and no query where there are none', async () => {
    const { incoming } = await stage.meet(listener, sender);
    expect(incoming).toMatchObject({ path: '', query: '' });
  });

  if (listener.traits.reject && sender.traits.ownHeaders) {
    it("tells the listener the sender's headers, all but the credential", async () => {
      const { incoming } = await stage.meet(listener, sender, { headers: { 'X-App': 'payroll' } });
      expect(incoming.headers).toMatchObject({ 'x-app': 'payroll', upgrade: 'websocket' });
      expect(incoming.headers).not.toHaveProperty('servicebusauthorization');
    });
  }

  if (listener.traits.reject) {
    it.each([
      [404, 'No such tenant'],
      [403, 'Not today'],
      [503, 'Too busy, come back later'],
    ])('refuses a sender with %i %s', async (status, description) => {
      const place = stage.place();
      await stage.listen(listener, place, {
        onPeer: () => {},
        refusalFor: () => ({ status, description }),
      });
      const refusal = stage.connect(sender, place);
      await expect(refusal).rejects.toMatchObject({ name: 'Refused', status });
      if (sender.traits.tellsReason) {
        await expect(refusal).rejects.toMatchObject({ reason: expect.stringContaining(description) });
      }
    });

    it('refuses one sender and accepts the next', async () => {
      const place = stage.place();
      await stage.listen(listener, place, {
        onPeer: (peer) => peer.send(Buffer.from('hello')),
        refusalFor: ({ path }) => (path === '/locked' ? { status: 423, description: 'Locked' } : undefined),
      });
      const locked = stage.connect(sender, place, { suffix: '/locked' });
      await expect(locked).rejects.toMatchObject({ status: 423 });
      const peer = await stage.connect(sender, place, { suffix: '/open' });
      expect(String(await peer.inbox.read(5))).toBe('hello');
    });
  }
}
