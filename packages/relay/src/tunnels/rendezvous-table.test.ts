import type { Refusal } from '@hybridge/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HybridConnection, Namespace } from '../directory/directory.js';
import { MemoryBackplane } from '../listeners/backplane.js';
import { decodeOffer, encode, type Offer, type OfferReply } from '../listeners/offer.js';
import { silentLogger } from '../logger.js';
import { RendezvousTable, type Waiter } from './rendezvous-table.js';

const namespace = new Namespace('relay.example', [], new Map());
const sql = hybridConnection('sql');

function hybridConnection(name: string): HybridConnection {
  const details = {
    name,
    endpoint: undefined,
    requiresClientAuthorization: true,
    authorizationRules: new Map(),
  };
  return new HybridConnection(namespace, details);
}

class TestWaiter implements Waiter {
  refusal: Refusal | undefined;
  readonly offer = {
    id: 'id',
    rawPath: '/sql',
    appQuery: '',
    connectHeaders: {},
    remoteEndpoint: { address: '127.0.0.1', port: 1 },
  };
  constructor(readonly hybridConnection = sql) {}
  onRefused(refusal: Refusal): void {
    expect(this.refusal).toBeUndefined();
    this.refusal = refusal;
  }
}

let backplane: MemoryBackplane;
let table: RendezvousTable<TestWaiter>;
const offers: Offer[] = [];
const onLate = vi.fn();
const onAnswered = vi.fn();

/** Announces a listener that answers each offer so. */
async function listener(reply: OfferReply, connection = sql) {
  return backplane.announce(connection.backplanePath, (bytes) => {
    offers.push(decodeOffer(bytes));
    return encode(reply);
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  offers.length = 0;
  // The one announced last is asked, so that tests know who.
  backplane = new MemoryBackplane(() => 0.999);
  onLate.mockClear();
  onAnswered.mockClear();
  table = new RendezvousTable({
    backplane,
    acceptMs: 30_000,
    nextListenerAfterMs: 8_000,
    logger: silentLogger,
    onLate,
    onAnswered,
  });
});
afterEach(() => vi.useRealTimers());

describe('a sender that waits', () => {
  it('is met under its secret, once', async () => {
    await listener({ type: 'sent', listenerId: 'one' });
    const waiter = new TestWaiter();
    await table.wait(waiter);
    expect(table.countIn(namespace)).toBe(1);
    const { secret } = offers[0]!;
    expect(Buffer.from(secret, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(table.meet(secret)).toBe(waiter);
    expect(table.meet(secret)).toBeUndefined();
    expect(table.countIn(namespace)).toBe(0);
    vi.advanceTimersByTime(60_000);
    expect(waiter.refusal).toBeUndefined();
  });

  it('is met under no other secret', async () => {
    await listener({ type: 'sent', listenerId: 'one' });
    await table.wait(new TestWaiter());
    expect(table.meet('')).toBeUndefined();
    expect(table.meet(`${offers[0]!.secret}x`)).toBeUndefined();
  });

  it('is refused at once when there is no listener', async () => {
    const waiter = new TestWaiter();
    await table.wait(waiter);
    expect(waiter.refusal).toMatchObject({ status: 404, code: 'NoListeners' });
    expect(table.countIn(namespace)).toBe(0);
  });

  it('is refused when the listener does not come', async () => {
    await listener({ type: 'sent', listenerId: 'one' });
    const waiter = new TestWaiter();
    await table.wait(waiter);
    vi.advanceTimersByTime(29_999);
    expect(waiter.refusal).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(waiter.refusal).toMatchObject({ status: 504 });
    expect(table.meet(offers[0]!.secret)).toBeUndefined();
  });

  it('is offered to the next when a listener is gone', async () => {
    await listener({ type: 'sent', listenerId: 'one' });
    const gone = await backplane.announce(sql.backplanePath, () => {
      gone.withdraw();
      return encode({ type: 'gone' });
    });
    await table.wait(new TestWaiter());
    expect(offers).toHaveLength(1);
  });

  it('is offered to the next when the one that was asked goes away', async () => {
    await listener({ type: 'sent', listenerId: 'one' });
    const two = await listener({ type: 'sent', listenerId: 'two' });
    const waiter = new TestWaiter();
    await table.wait(waiter);
    two.withdraw();
    await table.listenerGone('someone else');
    expect(offers).toHaveLength(1);
    await table.listenerGone('two');
    expect(offers).toHaveLength(2);
    // Each call has an address of its own; that of the listener which is gone died with it.
    expect(offers[1]).toEqual({ ...offers[0], secret: offers[1]!.secret, choice: { tried: ['two'] } });
    expect(table.meet(offers[0]!.secret)).toBeUndefined();
    expect(table.meet(offers[1]!.secret)).toBe(waiter);
  });

  it('is refused when the last listener goes away', async () => {
    const one = await listener({ type: 'sent', listenerId: 'one' });
    const waiter = new TestWaiter();
    await table.wait(waiter);
    one.withdraw();
    await table.listenerGone('one');
    expect(waiter.refusal).toMatchObject({ status: 404, code: 'NoListeners' });
  });

  it('is refused when all who announce are gone in truth', async () => {
    await listener({ type: 'gone' });
    const waiter = new TestWaiter();
    await table.wait(waiter);
    expect(waiter.refusal).toMatchObject({ code: 'NoListeners' });
    expect(offers.length).toBeLessThan(50);
  });

  describe('whose listener takes long', () => {
    it('is offered to the next as well, and meets whoever comes first', async () => {
      await listener({ type: 'sent', listenerId: 'one' });
      const two = await listener({ type: 'sent', listenerId: 'two' });
      const waiter = new TestWaiter();
      await table.wait(waiter);
      two.withdraw();
      await vi.advanceTimersByTimeAsync(7_999);
      expect(offers).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(onLate.mock.calls).toEqual([['two']]);
      expect(offers[1]!.choice).toEqual({ tried: ['two'] });
      // The late one is first.
      expect(table.meet(offers[0]!.secret)).toBe(waiter);
      expect(onAnswered.mock.calls).toEqual([['two']]);
      expect(table.meet(offers[1]!.secret)).toBeUndefined();
    });

    it('waits on when there is no other, and is offered to one that comes meanwhile', async () => {
      const one = await listener({ type: 'sent', listenerId: 'one' });
      const waiter = new TestWaiter();
      await table.wait(waiter);
      one.withdraw();
      await vi.advanceTimersByTimeAsync(8_000);
      expect(waiter.refusal).toBeUndefined();
      await listener({ type: 'sent', listenerId: 'two' });
      await vi.advanceTimersByTimeAsync(8_000);
      expect(offers).toHaveLength(2);
      expect(table.meet(offers[1]!.secret)).toBe(waiter);
    });

    it('is refused at the end of the whole time', async () => {
      await listener({ type: 'sent', listenerId: 'one' });
      const waiter = new TestWaiter();
      await table.wait(waiter);
      await vi.advanceTimersByTimeAsync(29_999);
      expect(waiter.refusal).toBeUndefined();
      await vi.advanceTimersByTimeAsync(1);
      expect(waiter.refusal).toMatchObject({ status: 504 });
      expect(onLate).toHaveBeenCalledWith('one');
    });

    it('is not refused when another listener goes away', async () => {
      await listener({ type: 'sent', listenerId: 'one' });
      const two = await listener({ type: 'sent', listenerId: 'two' });
      const waiter = new TestWaiter();
      await table.wait(waiter);
      await vi.advanceTimersByTimeAsync(8_000);
      two.withdraw();
      await table.listenerGone('two');
      expect(waiter.refusal).toBeUndefined();
      expect(table.meet(offers[0]!.secret)).toBeUndefined();
      expect(table.meet(offers.at(-1)!.secret)).toBe(waiter);
    });
  });

  describe('whose listener cannot reach its target', () => {
    const unreachable = { status: 502, code: 'x', reason: 'ECONNREFUSED: no' };

    it('is offered to the next', async () => {
      await listener({ type: 'sent', listenerId: 'one' });
      const two = await listener({ type: 'sent', listenerId: 'two' });
      const waiter = new TestWaiter();
      await table.wait(waiter);
      two.withdraw();
      await table.declined(offers[0]!.secret, unreachable);
      expect(waiter.refusal).toBeUndefined();
      expect(offers[1]!.choice).toEqual({ tried: ['two'] });
      expect(table.find(offers[0]!.secret)).toBeUndefined();
      expect(table.meet(offers[1]!.secret)).toBe(waiter);
    });

    it('is told so when there is no other, with the last one’s words', async () => {
      const ids = ['one', 'two', 'three'];
      await backplane.announce(sql.backplanePath, (bytes) => {
        const offer = decodeOffer(bytes);
        const listenerId = ids.find((id) => !offer.choice?.tried?.includes(id));
        if (listenerId === undefined) return encode({ type: 'not-chosen' });
        offers.push(offer);
        return encode({ type: 'sent', listenerId });
      });
      const waiter = new TestWaiter();
      await table.wait(waiter);
      for (const [index] of ids.entries()) {
        expect(waiter.refusal).toBeUndefined();
        await table.declined(offers[index]!.secret, { ...unreachable, reason: `ECONNREFUSED: ${index}` });
      }
      expect(waiter.refusal?.reason).toBe('ECONNREFUSED: 2');
      expect(offers).toHaveLength(3);
    });

    it('is told so even if a silent one might still come', async () => {
      const one = await listener({ type: 'sent', listenerId: 'one' });
      const waiter = new TestWaiter();
      await table.wait(waiter);
      one.withdraw();
      const two = await listener({ type: 'sent', listenerId: 'two' });
      await vi.advanceTimersByTimeAsync(8_000);
      two.withdraw();
      await table.declined(offers[1]!.secret, unreachable);
      expect(waiter.refusal).toBe(unreachable);
    });
  });

  it('is told when somebody listens, but none that it would have', async () => {
    await listener({ type: 'not-chosen' });
    const waiter = new TestWaiter();
    Object.assign(waiter.offer, { choice: { allowed: ['x'] } });
    await table.wait(waiter);
    expect(waiter.refusal).toMatchObject({
      status: 404,
      reason: expect.stringContaining(
        'None of the connected listeners meet the AllowedListeners/DisallowedListeners criteria',
      ),
    });
  });

  it('is refused when its headers do not fit', async () => {
    await listener({ type: 'too-large' });
    const waiter = new TestWaiter();
    await table.wait(waiter);
    expect(waiter.refusal).toMatchObject({ status: 431 });
  });

  it.each([
    ['has values', () => vi.spyOn(backplane, 'passSender').mockRejectedValue(new Error('no broker'))],
    [
      'has bytes alone',
      () => {
        Object.assign(backplane, { passSender: undefined });
        return vi.spyOn(backplane, 'request').mockRejectedValue(new Error('no broker'));
      },
    ],
  ])('is refused when a backplane that %s fails', async (_, fail) => {
    fail();
    const waiter = new TestWaiter();
    await table.wait(waiter);
    expect(waiter.refusal).toMatchObject({ status: 500 });
  });

  it('is offered by bytes where the backplane has nothing else', async () => {
    Object.assign(backplane, { passSender: undefined });
    await listener({ type: 'sent', listenerId: 'one' });
    const waiter = new TestWaiter();
    await table.wait(waiter);
    expect(offers).toHaveLength(1);
    expect(table.meet(offers[0]!.secret)).toBe(waiter);
    expect(onAnswered).toHaveBeenCalledExactlyOnceWith('one');
  });

  it('is offered at once where its listener is in this process', async () => {
    const asked = vi.fn(() => ({ type: 'sent' as const, listenerId: 'one' }));
    await backplane.announce(
      sql.backplanePath,
      () => {
        throw new Error('By bytes');
      },
      undefined,
      asked,
    );
    const waiter = new TestWaiter();
    const waiting = table.wait(waiter);
    expect(asked).toHaveBeenCalledOnce();
    await waiting;
    expect(waiter.refusal).toBeUndefined();
  });

  it('is not offered again once it went away', async () => {
    await listener({ type: 'sent', listenerId: 'one' });
    const waiter = new TestWaiter();
    await table.wait(waiter);
    table.cancel(waiter);
    table.cancel(waiter);
    await table.listenerGone('one');
    expect(offers).toHaveLength(1);
    expect(table.meet(offers[0]!.secret)).toBeUndefined();
    expect(table.countIn(namespace)).toBe(0);
    vi.advanceTimersByTime(60_000);
    expect(waiter.refusal).toBeUndefined();
  });

  it('is refused with the others of its hybrid connection, or with all', async () => {
    const web = hybridConnection('web');
    await listener({ type: 'sent', listenerId: 'one' });
    await listener({ type: 'sent', listenerId: 'two' }, web);
    const [a, b] = [new TestWaiter(), new TestWaiter(web)];
    await Promise.all([table.wait(a), table.wait(b)]);
    const refusal = { status: 503, code: 'x', reason: 'x' };
    table.refuseAll(refusal, web);
    expect([a.refusal, b.refusal]).toEqual([undefined, refusal]);
    table.refuseAll(refusal);
    expect(a.refusal).toBe(refusal);
  });
});
