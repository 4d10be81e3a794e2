import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryStore, type Store, StoreConflict } from '../store/store.js';
import type { Change } from './change.js';
import { type AppliedChange, Management, type StoreAlarm } from './management.js';
import { EMPTY_MODEL, type Model } from './model.js';

const namespace = (name: string): Change => ({ type: 'put-namespace', name });
const names = ({ namespaces }: Model) => namespaces.map(({ name }) => name);

/** A store that says what it is asked to save, and saves when it is told. */
class SlowStore implements Store {
  readonly memory = new MemoryStore();
  readonly saves: string[][] = [];
  failure: Error | undefined;
  #gate: Promise<void> = Promise.resolve();
  open = () => {};

  shut(): void {
    this.#gate = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  load() {
    return this.memory.load();
  }

  async save(model: Model, revision: number): Promise<number> {
    this.saves.push(names(model));
    await this.#gate;
    if (this.failure !== undefined) throw this.failure;
    return this.memory.save(model, revision);
  }

  async close(): Promise<void> {
    this.saves.push(['closed']);
  }
}

function setUp(options: Partial<ConstructorParameters<typeof Management>[0]> = {}) {
  const store = new SlowStore();
  const applied: AppliedChange[] = [];
  const alarms: (StoreAlarm | undefined)[] = [];
  let key = 0;
  const management = new Management({
    store,
    model: EMPTY_MODEL,
    revision: 0,
    now: () => 0,
    newKey: () => `key${++key}`,
    onApplied: (change) => void applied.push(change),
    onAlarm: (alarm) => alarms.push(alarm),
    retryMs: 3_600_000,
    ...options,
  });
  onTestFinished(() => management.close());
  return { store, applied, alarms, management };
}

const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });

describe('a change', () => {
  it('counts when it is kept, and not before', async () => {
    const { store, applied, management } = setUp();
    store.shut();
    const changed = management.change(namespace('a'));
    await expect.poll(() => store.saves).toEqual([['a']]);
    expect(management.model).toBe(EMPTY_MODEL);
    expect(applied).toEqual([]);
    store.open();
    expect(await changed).toBe(management.model);
    expect(names(management.model)).toEqual(['a']);
    expect(applied).toEqual([
      { change: namespace('a'), at: '1970-01-01T00:00:00.000Z', keys: ['key1', 'key2'] },
    ]);
  });

  it('resolves when it is in force', async () => {
    let inForce = false;
    const { management } = setUp({
      onApplied: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        inForce = true;
      },
    });
    await management.change(namespace('a'));
    expect(inForce).toBe(true);
  });

  it('that changes nothing is not written', async () => {
    const { store, applied, management } = setUp();
    const model = await management.change(namespace('a'));
    expect(await management.change(namespace('A'))).toBe(model);
    expect(store.saves).toHaveLength(1);
    expect(applied).toHaveLength(1);
  });

  it('that cannot be is refused without a write', async () => {
    const { store, management } = setUp();
    await expect(management.change({ type: 'delete-namespace', name: 'a' })).rejects.toMatchObject({
      code: 'ERR_RELAY_NOT_FOUND',
    });
    expect(store.saves).toEqual([]);
  });

  it('is refused once the relay closes, and one under way is kept', async () => {
    const { store, management } = setUp();
    const changed = management.change(namespace('a'));
    const closed = management.close();
    await expect(management.change(namespace('b'))).rejects.toMatchObject({ code: 'ERR_RELAY_STORE' });
    expect(names(await changed)).toEqual(['a']);
    await closed;
    expect(store.saves).toEqual([['a'], ['closed']]);
    expect(await management.close()).toBeUndefined();
  });
});

describe('changes that come while a write is under way', () => {
  it('share the next one, and count in their order', async () => {
    const { store, applied, management } = setUp();
    store.shut();
    const first = management.change(namespace('a'));
    await expect.poll(() => store.saves).toHaveLength(1);
    const others = ['b', 'c', 'd'].map((name) => management.change(namespace(name)));
    store.open();
    expect(names(await first)).toEqual(['a']);
    expect((await Promise.all(others)).map((model) => names(model).length)).toEqual([2, 3, 4]);
    expect(store.saves).toEqual([['a'], ['a', 'b', 'c', 'd']]);
    expect(applied.map(({ change }) => change)).toEqual(['a', 'b', 'c', 'd'].map(namespace));
  });

  it('are told apart when there are very many, so that nobody waits for all of them to be tried', async () => {
    const { store, management } = setUp();
    const all = Array.from({ length: 150 }, (_, i) => management.change(namespace(`n${i}`)));
    await Promise.all(all);
    expect(store.saves.map(({ length }) => length)).toEqual([64, 128, 150]);
  });

  it('see what those before them have done', async () => {
    const { management } = setUp();
    const gone: Change = { type: 'delete-namespace', name: 'a' };
    const results = await Promise.allSettled([
      management.change(gone),
      management.change(namespace('a')),
      management.change(gone),
      management.change(gone),
      management.change(namespace('a')),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(names(management.model)).toEqual(['a']);
  });
});

describe('a store that fails', () => {
  it('changes nothing, refuses all that were to be in the write, and is an alarm', async () => {
    const { store, applied, alarms, management } = setUp();
    await management.change(namespace('a'));
    store.failure = full;
    const gone: Change = { type: 'delete-namespace', name: 'b' };
    const results = await Promise.allSettled([
      management.change(namespace('b')),
      management.change(gone),
      // It was measured against what never came to be.
      management.change(gone),
    ]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_RELAY_STORE', cause: full } });
    }
    expect(names(management.model)).toEqual(['a']);
    expect(applied).toHaveLength(1);
    expect(management.alarm).toEqual({
      since: new Date(0),
      message: "The relay's state cannot be written (ENOSPC)",
    });
    expect(alarms).toEqual([management.alarm]);
  });

  it('is asked again by the next change, and the alarm is over when that is kept', async () => {
    const { store, alarms, management } = setUp();
    store.failure = full;
    await expect(management.change(namespace('a'))).rejects.toThrow('could not be kept (ENOSPC)');
    store.failure = undefined;
    expect(names(await management.change(namespace('b')))).toEqual(['b']);
    expect(management.alarm).toBeUndefined();
    expect(alarms).toEqual([expect.anything(), undefined]);
  });

  it('is tried now and then, so that the alarm is over without a change', async () => {
    const { store, management } = setUp({ retryMs: 1 });
    store.failure = full;
    await expect(management.change(namespace('a'))).rejects.toMatchObject({ code: 'ERR_RELAY_STORE' });
    await expect.poll(() => store.saves.length).toBeGreaterThan(3);
    store.failure = undefined;
    await expect.poll(() => management.alarm).toBeUndefined();
    expect(names(management.model)).toEqual([]);
    expect(names(await management.change(namespace('b')))).toEqual(['b']);
  });

  it('that holds something else by now says so, which is no alarm', async () => {
    const { store, management } = setUp();
    store.failure = new StoreConflict('changed meanwhile');
    await expect(management.change(namespace('a'))).rejects.toMatchObject({ code: 'ERR_RELAY_CONFLICT' });
    expect(management.alarm).toBeUndefined();
  });
});
