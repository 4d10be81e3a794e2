import { describe, expect, it } from 'vitest';
import { MemoryBackplane } from '../listeners/backplane.js';
import { RemoteListeners } from './remote-listeners.js';
import type { Seat } from './seat.js';

const entry = (id: string, worker = 2) => {
  return { id, worker, path: 'ns/sql', clientId: undefined, listenerKey: id };
};
const turn = () => new Promise((resolve) => setImmediate(resolve));
const NOTHING = new Uint8Array(0);

function remotes() {
  const backplane = new MemoryBackplane(() => 0);
  const told: string[] = [];
  const seat = {
    tellCame: ({ id }) => void told.push(`${id} came`),
    tellLate: ({ id }) => void told.push(`${id} is late`),
  } as Pick<Seat, 'tellCame' | 'tellLate'> as Seat;
  const gone: string[] = [];
  const table = new RemoteListeners({
    backplane,
    seat,
    now: () => 1_000,
    onOffer: (listener) => Buffer.from(listener.id),
    onRequest: () => ({ type: 'gone' }),
    onGone: async (id) => void gone.push(id),
  });
  return { backplane, table, gone, told };
}

describe('a listener of another worker', () => {
  it('is found on the backplane as long as it is there', async () => {
    const { backplane, table } = remotes();
    table.add(entry('a'));
    expect(await backplane.request('ns/sql', NOTHING, 10)).toEqual({
      type: 'reply',
      bytes: Buffer.from('a'),
    });
    table.remove('a', false);
    await turn();
    expect(await backplane.request('ns/sql', NOTHING, 10)).toEqual({ type: 'no-responders' });
  });

  it('is missed when it goes, after all that came in the same turn, unless it is well', async () => {
    const { table, gone } = remotes();
    table.add(entry('a'));
    table.add(entry('b'));
    table.remove('a', false);
    table.remove('b', true);
    await Promise.resolve();
    expect(gone).toEqual([]);
    await turn();
    expect(gone).toEqual(['a']);
  });

  it('goes with its worker', async () => {
    const { table, gone } = remotes();
    table.add(entry('a', 2));
    table.add(entry('b', 3));
    table.removeWorker(2);
    await turn();
    expect(gone).toEqual(['a']);
    expect([...table.of('ns/sql')].map(({ id }) => id)).toEqual(['b']);
  });

  it('is told each time that it is late, and that it came only after that', () => {
    const { table, told } = remotes();
    table.add(entry('a'));
    table.get('a')!.came();
    expect(told).toEqual([]);
    table.get('a')!.late();
    table.setLapses('a', { misses: 2, passedOverUntil: new Date(2_000) });
    expect(table.get('a')!.punctuality.isPassedOver).toBe(true);
    table.get('a')!.came();
    expect(told).toEqual(['a is late', 'a came']);
  });
});
