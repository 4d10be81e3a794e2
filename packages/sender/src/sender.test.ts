import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { generateKey } from '@hybridge/sas';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeRelay } from '../test/fake-relay.js';
import type { HybridConnectionSenderOptions } from './options.js';
import { HybridConnectionSender } from './sender.js';

const key = generateKey();
let relay: FakeRelay;
let senders: HybridConnectionSender[];

beforeEach(async () => {
  relay = await new FakeRelay().start();
  senders = [];
});
afterEach(async () => {
  vi.useRealTimers();
  for (const sender of senders) sender.close();
  await relay.stop();
});

function senderWith(options: HybridConnectionSenderOptions = {}): HybridConnectionSender {
  const connectionString = `Endpoint=${relay.url};SharedAccessKeyName=send;SharedAccessKey=${key};EntityPath=sql`;
  const sender = new HybridConnectionSender({ connectionString, ...options });
  senders.push(sender);
  return sender;
}

describe('a sender', () => {
  it('opens tunnels of their own, each with an id of its own', async () => {
    const sender = senderWith({ suffix: '/a', query: 'x=1' });
    const answers = ['one', 'two'].map((word) => text(sender.connect().end(word)));
    expect(await Promise.all(answers)).toEqual(['one', 'two']);
    const targets = relay.received.map(({ url }) => url.pathname + url.search);
    expect(new Set(targets).size).toBe(2);
    for (const target of targets) {
      expect(target).toMatch(/^\/\$hc\/sql\/a\?x=1&sb-hc-action=connect&sb-hc-id=[0-9a-f-]{36}$/);
    }
  });

  it('shows the same token until half of its life is over, and then another', async () => {
    const sender = senderWith();
    const tokenOfNext = async () => {
      const socket = sender.connect();
      await once(socket, 'connect');
      socket.destroy();
      return relay.received.at(-1)!.headers.servicebusauthorization;
    };
    const first = await tokenOfNext();
    expect(await tokenOfNext()).toBe(first);
    const now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now + 31 * 60_000);
    expect(await tokenOfNext()).not.toBe(first);
    vi.restoreAllMocks();
  });

  it('gives a channel to those who want no stream', async () => {
    const opening = senderWith().open();
    const channel = await opening.opened;
    const received = new Promise<string>((resolve) => {
      channel.onData = (payload) => {
        resolve(payload.toString());
        return true;
      };
    });
    channel.start();
    channel.sendAll([Buffer.from('below the streams')], () => undefined);
    expect(await received).toBe('below the streams');
    channel.abort();
  });

  it('gives up a channel that is no longer wanted', async () => {
    relay.answer = 'silence';
    const opening = senderWith().open();
    const failure = opening.opened.catch((error) => error);
    await expect.poll(() => relay.received.length).toBe(1);
    opening.abort(new Error('no longer wanted'));
    expect(await failure).toMatchObject({ cause: new Error('no longer wanted') });
    await expect.poll(() => relay.connections).toBe(0);
  });

  it('gives up while it waits for a token, too', async () => {
    const sender = new HybridConnectionSender({
      endpoint: relay.url,
      entityPath: 'sql',
      tokenProvider: { getToken: () => new Promise(() => {}) },
    });
    const opening = sender.open();
    const failure = opening.opened.catch((error) => error);
    opening.abort(new Error('no longer wanted'));
    expect(await failure).toMatchObject({ cause: new Error('no longer wanted') });
    await expect.poll(() => relay.connections).toBe(0);
  });

  it('may end one connection differently from the others', async () => {
    const socket = senderWith().connect({ signal: AbortSignal.abort() });
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ name: 'AbortError' });
  });
});

describe('a sender that dials ahead', () => {
  it('has connections before anybody asks, uses them, and closes them', async () => {
    const sender = senderWith({ preconnect: 2 });
    await expect.poll(() => relay.connections).toBe(2);
    expect(relay.received).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const socket = sender.connect();
    await once(socket, 'connect');
    await expect.poll(() => relay.connections).toBe(3);
    sender.close();
    await expect.poll(() => relay.connections).toBe(1);
    socket.end('still open');
    expect(await text(socket)).toBe('still open');
  });

  it('dials none when that is not asked for', async () => {
    senderWith();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(relay.connections).toBe(0);
  });
});
