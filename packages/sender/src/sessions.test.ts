/** Which tunnel goes where, with rendezvous that open as the test says. Over a relay: packages/conformance. */
import { MULTIPLEX_PROTOCOL, RelayError } from '@hybridge/protocol';
import type { Channel } from '@hybridge/socket';
import { describe, expect, it } from 'vitest';
import { resolveMultiplex } from './multiplex-options.js';
import type { OpeningTunnel } from './opening-tunnel.js';
import { SenderSessions } from './sessions.js';
import { translate } from './translate.js';

const relay = { host: 'relay.test', path: 'hyco' } as Parameters<typeof translate>[1];

/** A rendezvous that the test opens. */
class Rendezvous {
  readonly isOffer: boolean;
  readonly opened: Promise<Channel>;
  protocol: string | undefined;
  abortedFor: Error | undefined;
  #resolve!: (channel: Channel) => void;
  #reject!: (error: unknown) => void;

  constructor(isOffer: boolean) {
    this.isOffer = isOffer;
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  open(name: string, protocol?: string): void {
    this.protocol = protocol;
    this.#resolve({ name, abort: () => undefined } as unknown as Channel);
  }

  fail(cause: Error): void {
    this.#reject(translate(cause, relay));
  }

  abort(reason = new Error('aborted')): void {
    this.abortedFor = reason;
    this.fail(reason);
  }
}

function stage() {
  const dialled: Rendezvous[] = [];
  const clock = { now: 0 };
  const sessions = new SenderSessions({
    options: resolveMultiplex(true)!,
    connectTimeoutMs: 1_000,
    dial: (isOffer) => {
      const rendezvous = new Rendezvous(isOffer);
      dialled.push(rendezvous);
      return rendezvous as unknown as OpeningTunnel;
    },
    translate: (cause) => translate(cause, relay),
    now: () => clock.now,
  });
  return { sessions, dialled, clock };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('tunnels of a sender that would multiplex', () => {
  it('wait for the first to find out, which keeps what it got when the listener does not', async () => {
    const { sessions, dialled } = stage();
    const [first, second] = [sessions.open(), sessions.open()];
    expect(dialled.map(({ isOffer }) => isOffer)).toEqual([true]);
    dialled[0]!.open('the first', 'mqtt');
    expect(await first.opened).toMatchObject({ name: 'the first' });
    await turn();
    expect(dialled.map(({ isOffer }) => isOffer)).toEqual([true, false]);
    dialled[1]!.open('the second');
    expect(await second.opened).toMatchObject({ name: 'the second' });
  });

  it('do not ask again for five minutes', async () => {
    const { sessions, dialled, clock } = stage();
    const first = sessions.open();
    dialled[0]!.open('the first');
    await first.opened;
    for (const [now, isOffer] of [
      [0, false],
      [299_999, false],
      [300_001, true],
    ] as const) {
      clock.now = now;
      const { opened, abort } = bound(sessions.open());
      await turn();
      expect(dialled.at(-1)!.isOffer).toBe(isOffer);
      abort();
      await expect(opened).rejects.toThrow();
    }
  });

  it('are dialled on their own when the listener rejects the offer', async () => {
    const { sessions, dialled } = stage();
    const first = sessions.open();
    dialled[0]!.fail(new RelayError('ERR_RELAY_REJECTED', 'What is that?', { status: 400 }));
    await turn();
    expect(dialled.map(({ isOffer }) => isOffer)).toEqual([true, false]);
    dialled[1]!.open('the first');
    expect(await first.opened).toMatchObject({ name: 'the first' });
  });

  it('all fail as the offer fails when nobody is there', async () => {
    const { sessions, dialled } = stage();
    const tunnels = [sessions.open(), sessions.open()];
    dialled[0]!.fail(new RelayError('ERR_RELAY_NO_LISTENER', 'Nobody', { status: 404 }));
    for (const { opened } of tunnels) await expect(opened).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(dialled).toHaveLength(1);
  });

  it('give the offer up when the last that waits for it gives up', async () => {
    const { sessions, dialled } = stage();
    const tunnels = [bound(sessions.open()), bound(sessions.open())];
    for (const [index, { abort, opened }] of tunnels.entries()) {
      expect(dialled[0]!.abortedFor).toBeUndefined();
      abort(new Error(`enough ${index}`));
      await expect(opened).rejects.toMatchObject({ cause: { message: `enough ${index}` } });
    }
    expect(dialled[0]!.abortedFor).toBeDefined();
  });

  it('are dialled on their own once the sender is closed', async () => {
    const { sessions, dialled } = stage();
    sessions.close();
    const { opened } = sessions.open();
    await turn();
    expect(dialled.map(({ isOffer }) => isOffer)).toEqual([false]);
    dialled[0]!.open('alone', MULTIPLEX_PROTOCOL);
    expect(await opened).toMatchObject({ name: 'alone' });
  });
});

function bound(tunnel: ReturnType<SenderSessions['open']>) {
  return { opened: tunnel.opened, abort: (reason?: Error) => tunnel.abort(reason) };
}

describe('the option multiplex', () => {
  it.each([undefined, false])('is off when it is %s', (given) => {
    expect(resolveMultiplex(given)).toBeUndefined();
  });

  it('has defaults', () => {
    expect(resolveMultiplex(true)).toEqual({ maxStreams: 64, maxSessions: 8, idleTimeoutMs: 30_000 });
    expect(resolveMultiplex({ maxStreams: 5 })).toMatchObject({ maxStreams: 5, maxSessions: 8 });
  });

  it.each([{ maxStreams: 0 }, { maxSessions: 1.5 }, { maxStreams: 1_001 }, { idleTimeoutMs: Number.NaN }])(
    'is refused as %j',
    (given) => {
      expect(() => resolveMultiplex(given)).toThrow(expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }));
    },
  );
});
