/**
 * Sender's and listener's end of a session over a connection in memory. That streams behave like sockets over a real
 * relay is shown by the socket suite in packages/conformance.
 */
import { createHash, randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import {
  acceptFrame,
  bareFrame,
  helloFrame,
  MultiplexFrame,
  openFrame,
  type RelayError,
  rejectFrame,
  windowFrame,
  writeMultiplexHeader,
} from '@hybridge/protocol';
import { describe, expect, it } from 'vitest';
import type { Channel } from '../channel.js';
import { PairedChannel } from './channel-pair.js';
import { SessionOpener, StreamUntriedError } from './session-opener.js';
import { SessionTaker, type StreamOffer } from './session-taker.js';
import { FULL_WINDOW_BYTES, SharedBudget, SMALL_WINDOW_BYTES, WindowBudget } from './window-budget.js';

/** What a channel delivers, read by a reader that can pause. */
class Reader {
  readonly channel: Channel;
  readonly chunks: Buffer[] = [];
  bytes = 0;
  isEnded = false;
  isPaused = false;
  isClosed = false;
  cause: RelayError | undefined;

  constructor(channel: Channel) {
    this.channel = channel;
    channel.onData = (payload) => {
      this.chunks.push(Buffer.from(payload));
      this.bytes += payload.length;
      return !this.isPaused;
    };
    channel.onEnd = () => {
      this.isEnded = true;
    };
    channel.onCut = (cause) => {
      this.cause = cause;
    };
    channel.onClose = () => {
      this.isClosed = true;
    };
    channel.start();
  }

  resume(): void {
    this.isPaused = false;
    this.channel.resume();
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 10_000; i += 1) {
    if (condition()) return;
    await turn();
  }
  throw new Error('It never came to that');
}

/** A few turns, for what should not happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await turn();
}

interface SessionOptions {
  readonly onOffer?: (offer: StreamOffer) => void;
  readonly maxStreams?: number;
  readonly chunkBytes?: number;
  readonly budget?: SharedBudget;
}

async function session({ onOffer, maxStreams = 256, chunkBytes, budget }: SessionOptions = {}) {
  const [near, far] = PairedChannel.pair(chunkBytes);
  const closed: (RelayError | undefined)[] = [];
  const accepted: Channel[] = [];
  const taker = new SessionTaker(far, {
    maxStreams,
    onOffer: onOffer ?? ((offer) => void accepted.push(offer.accept()!)),
    onClose: (cause) => closed.push(cause),
  });
  const opener = new SessionOpener(near, { maxStreams: 1_000, onChange: () => undefined, budget });
  await opener.ready;
  const pair = async () => {
    const channel = await opener.open('x').opened;
    return { near: new Reader(channel), far: new Reader(accepted.shift()!) };
  };
  return { near, far, taker, opener, accepted, closed, pair };
}

function send(channel: Channel, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.sendAll([bytes], (error) => (error ? reject(error) : resolve()));
  });
}

const hash = (chunks: readonly Buffer[]) => createHash('sha1').update(Buffer.concat(chunks)).digest('hex');

describe('a stream that is being opened', () => {
  it('is there once the listener has taken it, under the name that the sender gave', async () => {
    const offers: StreamOffer[] = [];
    const { opener } = await session({ onOffer: (offer) => offers.push(offer) });
    let isOpen = false;
    const opened = opener.open('a-b').opened.then(() => (isOpen = true));
    await until(() => offers.length > 0);
    await settle();
    expect(isOpen).toBe(false);
    expect(offers[0]!.trackingId).toBe('a-b');
    offers[0]!.accept();
    await opened;
  });

  it('fails as a rejected connection does', async () => {
    const { opener } = await session({
      onOffer: (offer) => offer.reject({ untried: false, status: 502, reason: 'ECONNREFUSED: no' }),
    });
    await expect(opener.open('').opened).rejects.toMatchObject({
      code: 'ERR_RELAY_TARGET',
      targetCode: 'ECONNREFUSED',
      status: 502,
    });
    expect(opener.size).toBe(0);
  });

  it('can be tried elsewhere when nobody was asked', async () => {
    const { opener, taker } = await session({ maxStreams: 2, onOffer: () => undefined });
    const open = () => opener.open('').opened;
    for (let i = 0; i < 2; i += 1) void open().catch(() => undefined);
    await expect(open()).rejects.toBeInstanceOf(StreamUntriedError);
    await until(() => taker.size === 2);
  });

  it('can be given up, and the listener hears of it', async () => {
    const offers: StreamOffer[] = [];
    const { opener, taker } = await session({ onOffer: (offer) => offers.push(offer) });
    const { opened, abort } = opener.open('');
    await until(() => offers.length > 0);
    let isWithdrawn = false;
    offers[0]!.onWithdrawn = () => {
      isWithdrawn = true;
    };
    abort(new Error('enough'));
    await expect(opened).rejects.toThrow('enough');
    await until(() => isWithdrawn);
    expect(offers[0]!.isWanted).toBe(false);
    expect(opener.size).toBe(0);
    // Somebody is still at work on it.
    expect(taker.size).toBe(1);
    expect(offers[0]!.accept()).toBeUndefined();
    expect(taker.size).toBe(0);
  });
});

describe('a stream', () => {
  it.each([1, 7, 1_000, 40_000])('carries bytes both ways, in pieces of %i', async (chunkBytes) => {
    const { pair } = await session({ chunkBytes });
    const { near, far } = await pair();
    const up = randomBytes(chunkBytes * 200);
    const down = randomBytes(chunkBytes * 150);
    await Promise.all([send(near.channel, up), send(far.channel, down)]);
    near.channel.end();
    far.channel.end();
    await until(() => near.isClosed && far.isClosed);
    expect(hash(far.chunks)).toBe(hash([up]));
    expect(hash(near.chunks)).toBe(hash([down]));
  });

  it('carries more than a window, as long as its reader reads', async () => {
    const { pair } = await session();
    const { near, far } = await pair();
    const bytes = randomBytes(5 * FULL_WINDOW_BYTES + 3);
    await send(near.channel, bytes);
    near.channel.end();
    await until(() => far.isEnded);
    expect(hash(far.chunks)).toBe(hash([bytes]));
  });

  it('stays open in one direction after the end of the other', async () => {
    const { pair } = await session();
    const { near, far } = await pair();
    near.channel.end();
    await until(() => far.isEnded);
    await send(far.channel, Buffer.from('still here'));
    far.channel.end();
    await until(() => near.isClosed && far.isClosed);
    expect(near.chunks.join('')).toBe('still here');
    expect(near.cause).toBeUndefined();
  });

  it('is cut for both when one end aborts it', async () => {
    const { pair, opener, taker } = await session();
    const { near, far } = await pair();
    near.channel.abort();
    await until(() => near.isClosed && far.isClosed);
    expect(far.cause).toMatchObject({ code: 'ERR_RELAY_CUT' });
    expect(near.cause).toBeUndefined();
    expect(opener.size + taker.size).toBe(0);
  });

  it('sends no more than its window to a reader that does not read', async () => {
    const { pair } = await session();
    const { near, far } = await pair();
    far.isPaused = true;
    let isDone = false;
    void send(near.channel, Buffer.alloc(3 * FULL_WINDOW_BYTES)).then(() => (isDone = true));
    await settle();
    expect(isDone).toBe(false);
    expect(near.channel.queuedBytes).toBeGreaterThanOrEqual(2 * FULL_WINDOW_BYTES - 1);
    far.resume();
    await until(() => isDone && far.bytes === 3 * FULL_WINDOW_BYTES);
  });

  it('lends bytes that it writes in place until they are sent', async () => {
    const { pair } = await session();
    const { near, far } = await pair();
    far.isPaused = true;
    let drains = 0;
    near.channel.onDrain = () => {
      drains += 1;
    };
    const bytes = randomBytes(200_000);
    const copy = Buffer.from(bytes);
    let sent = 0;
    while (near.channel.sendInPlace(bytes, 0, bytes.length)) sent += 1;
    sent += 1;
    expect(drains).toBe(0);
    far.resume();
    await until(() => far.bytes === sent * bytes.length);
    expect(drains).toBe(1);
    expect(Buffer.concat(far.chunks).subarray(-copy.length).equals(copy)).toBe(true);
  });

  it('fails a write after its end', async () => {
    const { pair } = await session();
    const { near } = await pair();
    near.channel.end();
    await expect(send(near.channel, Buffer.from('x'))).rejects.toMatchObject({ code: 'ERR_RELAY_CLOSED' });
  });
});

describe('streams of one session', () => {
  it('are not held up by one whose reader has stopped', async () => {
    const { pair } = await session();
    const stalled = await pair();
    stalled.far.isPaused = true;
    void send(stalled.near.channel, Buffer.alloc(8 * FULL_WINDOW_BYTES));
    const others = await Promise.all(Array.from({ length: 99 }, pair));
    for (const { near, far } of others) {
      await send(near.channel, Buffer.from('ping'));
      await until(() => far.bytes === 4);
      await send(far.channel, Buffer.from('pong'));
      await until(() => near.bytes === 4);
    }
    expect(stalled.near.channel.queuedBytes).toBeGreaterThan(0);
  });

  it('all get their turn beside one that sends a lot', async () => {
    const { pair } = await session();
    const bulk = await pair();
    const small = await pair();
    void send(bulk.near.channel, Buffer.alloc(64 * FULL_WINDOW_BYTES));
    await send(small.near.channel, Buffer.from('me too'));
    await until(() => small.far.bytes === 6);
    expect(bulk.far.bytes).toBeLessThan(4 * FULL_WINDOW_BYTES);
  });

  it('are all cut when the connection breaks', async () => {
    const { pair, near, opener, closed } = await session();
    const streams = [await pair(), await pair()];
    const waiting = opener.open('').opened;
    near.abort();
    near.onClose();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_RELAY_CUT' });
    await until(() => streams.every((stream) => stream.near.isClosed && stream.far.isClosed));
    for (const { near: a, far: b } of streams)
      for (const end of [a, b]) expect(end.cause?.code).toBe('ERR_RELAY_CUT');
    expect(opener.isOpen).toBe(false);
    expect(closed).toHaveLength(1);
  });

  it('keep the process alive only while one of them is open and wants to', async () => {
    const { pair, near, far } = await session();
    expect([near.isRef, far.isRef]).toEqual([false, false]);
    const stream = await pair();
    expect([near.isRef, far.isRef]).toEqual([true, true]);
    stream.near.channel.unref();
    expect(near.isRef).toBe(false);
    stream.near.channel.ref();
    expect(near.isRef).toBe(true);
    stream.near.channel.end();
    stream.far.channel.end();
    await until(() => stream.near.isClosed && stream.far.isClosed);
    expect([near.isRef, far.isRef]).toEqual([false, false]);
  });

  it('leave nothing behind after 10,000 of them, many given up at any moment', async () => {
    const offers: StreamOffer[] = [];
    const { opener, taker } = await session({
      onOffer(offer) {
        const dice = Math.random();
        if (dice < 0.2) offer.reject({ untried: false, status: 400, reason: 'no' });
        else if (dice < 0.5) offers.push(offer);
        else take(offer);
      },
    });
    const take = (offer: StreamOffer) => {
      const channel = offer.accept();
      if (channel === undefined) return;
      const reader = new Reader(channel);
      channel.onEnd = () => channel.end();
      if (Math.random() < 0.2) reader.channel.abort();
    };
    const one = async () => {
      const { opened, abort } = opener.open('x');
      if (Math.random() < 0.3) setImmediate(() => abort(new Error('enough')));
      const channel = await opened.catch(() => undefined);
      if (channel === undefined) return;
      const reader = new Reader(channel);
      channel.sendAll([Buffer.from('hello')], () => undefined);
      if (Math.random() < 0.3) channel.abort();
      else channel.end();
      await until(() => reader.isClosed);
    };
    for (let i = 0; i < 100; i += 1) {
      const batch = Promise.all(Array.from({ length: 100 }, one));
      const deciding = setInterval(() => {
        for (const offer of offers.splice(0)) take(offer);
      }, 1);
      await batch;
      clearInterval(deciding);
    }
    for (const offer of offers.splice(0)) take(offer);
    await until(() => opener.size === 0 && taker.size === 0);
    // Every window is back: as many full ones can be given as in the beginning.
    const windows = (end: unknown) => (end as { budget: WindowBudget }).budget;
    expect(windows(sessionOf(opener)).grow(0, FULL_WINDOW_BYTES)).toBe(FULL_WINDOW_BYTES);
    expect(windows(sessionOf(opener)).left).toBe(127 * FULL_WINDOW_BYTES);
    expect(windows(sessionOf(taker)).left).toBe(128 * FULL_WINDOW_BYTES);
  });
});

describe('a session that is left', () => {
  it('closes once its last stream is over, and takes no new one', async () => {
    const { pair, taker, opener, closed } = await session();
    const { near, far } = await pair();
    taker.leave();
    await until(() => !opener.isOpen);
    await expect(opener.open('').opened).rejects.toBeInstanceOf(StreamUntriedError);
    await send(near.channel, Buffer.from('last words'));
    near.channel.end();
    far.channel.end();
    await until(() => closed.length === 1);
    expect(far.chunks.join('')).toBe('last words');
    expect(closed).toEqual([undefined]);
    expect([near.cause, far.cause]).toEqual([undefined, undefined]);
  });
});

describe('the windows of a session', () => {
  it('are full while there is budget, and small after that', () => {
    const budget = new WindowBudget(new SharedBudget(), 2 * FULL_WINDOW_BYTES);
    const windows = [1, 2, 3, 4].map(() => budget.take());
    const large = FULL_WINDOW_BYTES;
    const rest = SMALL_WINDOW_BYTES + 2 * (FULL_WINDOW_BYTES - (FULL_WINDOW_BYTES - SMALL_WINDOW_BYTES));
    expect(windows).toEqual([large, large, rest, SMALL_WINDOW_BYTES]);
    budget.giveBack(windows[0]!);
    expect(budget.grow(SMALL_WINDOW_BYTES, FULL_WINDOW_BYTES)).toBe(FULL_WINDOW_BYTES - SMALL_WINDOW_BYTES);
  });

  it('come out of what all sessions have together', () => {
    const shared = new SharedBudget(3 * FULL_WINDOW_BYTES);
    const [one, other] = [new WindowBudget(shared), new WindowBudget(shared)];
    const windows = [1, 2, 3].map(() => one.take());
    other.take();
    expect(other.take()).toBeLessThan(FULL_WINDOW_BYTES);
    expect(other.take()).toBe(SMALL_WINDOW_BYTES);
    expect(one.take()).toBe(SMALL_WINDOW_BYTES);
    one.giveBack(windows[0]!);
    expect(other.take()).toBe(FULL_WINDOW_BYTES);
  });

  it('leave as much as they have themselves when they grow beyond the full one', () => {
    const budget = new WindowBudget(new SharedBudget(10 * FULL_WINDOW_BYTES));
    expect(budget.grow(FULL_WINDOW_BYTES, 4 * FULL_WINDOW_BYTES)).toBe(3 * FULL_WINDOW_BYTES);
    expect(budget.grow(4 * FULL_WINDOW_BYTES, 16 * FULL_WINDOW_BYTES)).toBe(1.5 * FULL_WINDOW_BYTES);
    expect(budget.left).toBe(5.5 * FULL_WINDOW_BYTES);
    expect(budget.grow(5.5 * FULL_WINDOW_BYTES, 16 * FULL_WINDOW_BYTES)).toBe(0);
  });

  it('of all streams are given back when the connection breaks', async () => {
    const shared = new SharedBudget();
    const before = shared.left;
    const { near, pair } = await session({ budget: shared });
    await pair();
    await pair();
    expect(shared.left).toBeLessThan(before);
    near.cut();
    await until(() => shared.left === before);
  });
});

function data(stream: number, length: number): Buffer {
  const frame = Buffer.alloc(8 + length);
  writeMultiplexHeader(frame, 0, MultiplexFrame.data, stream, length);
  return frame;
}

describe('a sender that does not keep to the rules', () => {
  /** A listener's session with one stream open, and what comes of the frames. */
  async function judged(frames: readonly Buffer[], onOffer?: (offer: StreamOffer) => void) {
    const [near, far] = PairedChannel.pair();
    near.onData = () => true;
    near.start();
    const readers: Reader[] = [];
    const closed: (RelayError | undefined)[] = [];
    const accept = (offer: StreamOffer) => void readers.push(new Reader(offer.accept()!));
    const taker = new SessionTaker(far, {
      maxStreams: 2,
      onOffer: onOffer ?? accept,
      onClose: (cause) => closed.push(cause),
    });
    for (const frame of [openFrame(1, 1_000, ''), ...frames]) near.sendInPlace(frame, 0, frame.length);
    await settle();
    return { closed, readers, taker, near };
  }

  const end = (stream: number) => bareFrame(MultiplexFrame.end, stream);
  const tooMuch = Array.from({ length: 17 }, () => data(1, 65_536));

  it.each<[string, readonly Buffer[]]>([
    ['opens a stream twice', [openFrame(1, 1_000, '')]],
    ['opens a stream out of order', [openFrame(5, 1_000, ''), openFrame(4, 1_000, '')]],
    ['sends on a stream that nobody opened', [data(7, 1)]],
    ['sends after its end', [end(1), data(1, 1)]],
    ['ends twice', [end(1), end(1)]],
    ['gives window beyond all measure', [windowFrame(1, 2 ** 31 - 1), windowFrame(1, 2 ** 31 - 1)]],
    ['says hello', [helloFrame(1)]],
    ['accepts', [acceptFrame(1, 1)]],
    ['rejects', [rejectFrame(1, { untried: false, status: 400, reason: '' })]],
    ['leaves', [bareFrame(MultiplexFrame.leave, 0)]],
    ['sends what is no frame', [Buffer.alloc(20, 0xff)]],
  ])('loses its session when it %s', async (_what, frames) => {
    const { closed, readers } = await judged(frames);
    expect(closed).toEqual([expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' })]);
    for (const { cause, isEnded } of readers) if (!isEnded) expect(cause?.code).toBe('ERR_RELAY_PROTOCOL');
  });

  it('loses it when it sends more than the window to a reader that does not read', async () => {
    const { closed } = await judged(tooMuch, (offer) => {
      const reader = new Reader(offer.accept()!);
      reader.isPaused = true;
    });
    expect(closed).toEqual([expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' })]);
  });

  it('loses it when it talks to a stream that nobody has decided about', async () => {
    const { closed } = await judged([data(1, 1)], () => undefined);
    expect(closed).toEqual([expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' })]);
  });

  it('gets no more streams by taking back what it asked for', async () => {
    let asked = 0;
    const flood = Array.from({ length: 1_000 }, (_, i) => [
      openFrame(i + 2, 1_000, ''),
      bareFrame(MultiplexFrame.reset, i + 2),
    ]).flat();
    const { closed, taker } = await judged(flood, () => {
      asked += 1;
    });
    expect(asked).toBe(2);
    expect(taker.size).toBe(2);
    expect(closed).toEqual([]);
  });

  it('loses it when it only asks and never reads', async () => {
    const [near, far] = PairedChannel.pair();
    far.stuck = true;
    near.start();
    const closed: (RelayError | undefined)[] = [];
    new SessionTaker(far, {
      maxStreams: 0,
      onOffer: () => undefined,
      onClose: (cause) => closed.push(cause),
    });
    for (let i = 1; i < 10_000; i += 1) {
      const frame = openFrame(i, 1_000, '');
      near.sendInPlace(frame, 0, frame.length);
    }
    await settle();
    expect(closed).toEqual([expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' })]);
  });

  it('may say what is too late: the stream was over and it could not know', async () => {
    const { closed } = await judged([
      bareFrame(MultiplexFrame.reset, 1),
      data(1, 10),
      windowFrame(1, 10),
      end(1),
      bareFrame(MultiplexFrame.reset, 1),
    ]);
    expect(closed).toEqual([]);
  });
});

describe('a listener that does not keep to the rules', () => {
  async function opened(...frames: readonly Buffer[]) {
    const [near, far] = PairedChannel.pair();
    far.start();
    const opener = new SessionOpener(near, { maxStreams: 8, onChange: () => undefined });
    opener.ready.catch(() => undefined);
    const send = (frame: Buffer) => far.sendInPlace(frame, 0, frame.length);
    for (const frame of frames) send(frame);
    return { opener, send, near };
  }

  it('is not taken for a session when its first word is another', async () => {
    const { opener } = await opened(Buffer.from('SSH-2.0-OpenSSH_9.9\r\n'));
    await expect(opener.ready).rejects.toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
  });

  it('is told nothing before its hello', async () => {
    const { opener, near } = await opened();
    await expect(opener.open('').opened).rejects.toBeInstanceOf(StreamUntriedError);
    await settle();
    expect(near.bytesWritten).toBe(0);
  });

  it.each<[string, Buffer]>([
    ['says hello twice', helloFrame(8)],
    ['opens', openFrame(1, 1_000, '')],
    ['accepts what nobody opened', acceptFrame(2, 1)],
    ['rejects what nobody opened', rejectFrame(2, { untried: true, status: 503, reason: '' })],
    ['sends before it has accepted', data(1, 1)],
    ['ends before it has accepted', bareFrame(MultiplexFrame.end, 1)],
  ])('loses its session when it %s', async (_what, frame) => {
    const { opener, send } = await opened(helloFrame(8));
    await opener.ready;
    const opening = opener.open('').opened;
    send(frame);
    await expect(opening).rejects.toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
    expect(opener.isOpen).toBe(false);
  });
});

function sessionOf(end: SessionOpener | SessionTaker): unknown {
  return end.session;
}
