import { describe, expect, it } from 'vitest';
import type { ToPrimary, ToWorker } from './messages.js';
import { Switchboard } from './switchboard.js';

const entry = { id: 'a', worker: 1, path: 'ns/sql', clientId: undefined, listenerKey: 'a' };
const place: ToPrimary = { type: 'place', ask: 7, entry, identity: undefined, limit: 1 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Three workers that keep what they are told. */
function three() {
  const lines = [1, 2, 3].map((number) => {
    const told: ToWorker[] = [];
    return { number, isTold: true, told, send: (message: ToWorker) => void told.push(message) };
  });
  const [one, two, other] = lines as [(typeof lines)[0], (typeof lines)[0], (typeof lines)[0]];
  return { switchboard: new Switchboard(() => lines), one, two, other };
}

describe('a listener that wants a place', () => {
  it('has it once every other worker has seen it', async () => {
    const { switchboard, one, two, other } = three();
    switchboard.handle(one, place);
    expect(two.told).toEqual([{ type: 'listener', ask: 1, entry }]);
    switchboard.handle(two, { type: 'seen', ask: 1 });
    await turn();
    expect(one.told).toEqual([]);
    switchboard.handle(other, { type: 'seen', ask: 2 });
    await turn();
    expect(one.told).toEqual([{ type: 'placed', ask: 7, granted: true }]);
  });

  it('does not wait for a worker that dies meanwhile', async () => {
    const { switchboard, one, two, other } = three();
    switchboard.handle(one, place);
    switchboard.handle(two, { type: 'seen', ask: 1 });
    switchboard.workerGone(other);
    await turn();
    expect(one.told).toContainEqual({ type: 'placed', ask: 7, granted: true });
  });

  it('is sent away when there is none, and nobody hears of it', async () => {
    const { switchboard, one, two, other } = three();
    other.isTold = false;
    switchboard.handle(two, { ...place, entry: { ...entry, id: 'b', worker: 2 } });
    switchboard.handle(one, place);
    await turn();
    expect(one.told.at(-1)).toEqual({ type: 'placed', ask: 7, granted: false });
    expect(two.told).toEqual([]);
    expect(switchboard.listeners.map(({ id }) => id)).toEqual(['b']);
  });
});

describe('a worker that is gone', () => {
  it('takes its listeners and its load along', () => {
    const { switchboard, one, two } = three();
    switchboard.handle(one, place);
    switchboard.handle(one, { type: 'load', loads: { ns: { pending: 1, connections: 2, requests: 3 } } });
    switchboard.workerGone(one);
    expect(switchboard.listeners).toEqual([]);
    expect(two.told.slice(-2)).toEqual([
      { type: 'worker-gone', worker: 1 },
      { type: 'elsewhere', loads: {} },
    ]);
  });
});

describe('loads', () => {
  it('are told to each worker without its own', () => {
    const { switchboard, one, two, other } = three();
    switchboard.handle(one, { type: 'load', loads: { ns: { pending: 1, connections: 2, requests: 3 } } });
    switchboard.handle(two, { type: 'load', loads: { ns: { pending: 10, connections: 20, requests: 30 } } });
    expect(other.told.at(-1)).toEqual({
      type: 'elsewhere',
      loads: { ns: { pending: 11, connections: 22, requests: 33 } },
    });
    expect(one.told.at(-1)).toEqual({
      type: 'elsewhere',
      loads: { ns: { pending: 10, connections: 20, requests: 30 } },
    });
  });
});

describe('what workers say to each other', () => {
  it('is passed on with the number of who says it', () => {
    const { switchboard, one, two } = three();
    switchboard.handle(one, { type: 'to', worker: 2, message: { type: 'late', listenerId: 'x' } });
    expect(two.told).toEqual([{ type: 'from', worker: 1, message: { type: 'late', listenerId: 'x' } }]);
  });
});
