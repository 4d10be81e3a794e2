/**
 * Relay suite: what is sent arrives, all of it, in order, whoever sends first.
 * Source: docs/protocol.md, section 3.6 (data phase).
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Stage } from './stage.js';
import type { ListenerSubject, SenderSubject } from './subjects.js';

const KIB = 1024;
/** Each length form of a frame header, its edges, and more than the relay's largest frame. */
const SIZES = [1, 125, 126, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 1024 * KIB];
const TEXT = 'Grüße, κόσμε, 世界, 🌍';

/** Defines the tests. */
export function messageTests(stage: Stage, listener: ListenerSubject, sender: SenderSubject): void {
  it.each(SIZES)('gives back %i bytes', async (size) => {
    const place = stage.place();
    await stage.echo(listener, place);
    const peer = await stage.connect(sender, place);
    const sent = randomBytes(size);
    peer.send(sent);
    expect(digest(await peer.inbox.read(size))).toBe(digest(sent));
  });

  it('goes on after an empty message', async () => {
    const { atListener, atSender } = await stage.meet(listener, sender);
    atSender.send(Buffer.alloc(0));
    atSender.send(Buffer.from('after'));
    expect(String(await atListener.inbox.read(5))).toBe('after');
    atListener.send(Buffer.alloc(0));
    atListener.send(Buffer.from('back'));
    expect(String(await atSender.inbox.read(4))).toBe('back');
  });

  it('keeps the order of many small messages both ways at once', async () => {
    const { atListener, atSender } = await stage.meet(listener, sender);
    const lines = Array.from({ length: 2000 }, (_, index) => `${index}\n`);
    for (const line of lines) {
      atSender.send(Buffer.from(line));
      atListener.send(Buffer.from(line));
    }
    const all = lines.join('');
    expect(String(await atListener.inbox.read(all.length))).toBe(all);
    expect(String(await atSender.inbox.read(all.length))).toBe(all);
  });

  it('lets the listener speak first', async () => {
    const place = stage.place();
    await stage.listen(listener, place, { onPeer: (peer) => peer.send(Buffer.from('220 ready\r\n')) });
    const peer = await stage.connect(sender, place);
    expect(String(await peer.inbox.read(11))).toBe('220 ready\r\n');
  });

  it('carries many connections at once, each with its own bytes', async () => {
    const place = stage.place();
    await stage.echo(listener, place);
    const results = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const peer = await stage.connect(sender, place);
        const sent = randomBytes(20_000);
        peer.send(sent);
        return sent.equals(await peer.inbox.read(sent.length));
      }),
    );
    expect(results).toEqual(Array(40).fill(true));
  });

  if (sender.traits.messages) {
    it('delivers the bytes of a text message', async () => {
      const { atListener, atSender } = await stage.meet(listener, sender);
      atSender.send(TEXT);
      expect(String(await atListener.inbox.read(Buffer.byteLength(TEXT)))).toBe(TEXT);
    });
  }

  if (sender.traits.messages && listener.traits.messages) {
    it('keeps messages apart, and text as text', async () => {
      const { atListener, atSender } = await stage.meet(listener, sender);
      const sent = [TEXT, Buffer.from('binary'), '', Buffer.alloc(0), randomBytes(200 * KIB), 'last'];
      for (const message of sent) atSender.send(message);
      expect(kinds(await atListener.inbox.readMessages(sent.length))).toEqual(kinds(sent));
      for (const message of sent) atListener.send(message);
      expect(kinds(await atSender.inbox.readMessages(sent.length))).toEqual(kinds(sent));
    });
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function kinds(messages: readonly (Buffer | string)[]): string[] {
  return messages.map((message) =>
    typeof message === 'string' ? `text ${message}` : `binary ${message.length} ${digest(message)}`,
  );
}
