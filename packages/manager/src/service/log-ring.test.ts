import { describe, expect, it } from 'vitest';
import { LogRing } from './log-ring.js';

const messages = (ring: LogRing, search: Partial<Parameters<LogRing['entries']>[0]> = {}) =>
  ring.entries({ limit: 1_000, ...search }).map(({ message }) => message);

describe('the last entries of a log', () => {
  it('are as many as there is room for, the latest', () => {
    const ring = new LogRing(3);
    for (let number = 1; number <= 8; number += 1) ring.add('info', `entry ${number}`);
    expect(messages(ring)).toEqual(['entry 6', 'entry 7', 'entry 8']);
    expect(ring.entries({ limit: 1 })[0]!.number).toBe(8);
    expect(messages(ring, { limit: 0 })).toEqual([]);
  });

  it('are chosen by their level and by what they are about', () => {
    const ring = new LogRing();
    ring.idOf = (name) => (name === 'sql' ? 'relay.example.net/sql' : undefined);
    ring.add('debug', 'a');
    ring.add('warn', 'b', { connection: 'sql', code: 'ECONNREFUSED' });
    ring.add('error', 'c', { connection: 'gone' });
    expect(messages(ring, { level: 'warn' })).toEqual(['b', 'c']);
    expect(messages(ring, { connection: 'relay.example.net/sql' })).toEqual(['b']);
    expect(ring.entries({ limit: 1_000 })[1]).toMatchObject({
      connection: 'relay.example.net/sql',
      facts: { code: 'ECONNREFUSED' },
    });
    // One that is not there any more keeps its name.
    expect(ring.entries({ limit: 1 })[0]!.facts).toEqual({ connection: 'gone' });
  });

  it('hold plain values of bounded length', () => {
    const ring = new LogRing();
    const at = new Date(0);
    ring.add('info', 'x'.repeat(9_000), {
      ...{ at, because: new Error('why'), all: ['a', 1], none: undefined, deep: { a: 1 } },
      long: 'y'.repeat(9_000),
    });
    const [{ message, facts }] = ring.entries({ limit: 1 }) as [never];
    expect((message as string).length).toBe(2_000);
    expect(facts).toEqual({
      ...{ at: '1970-01-01T00:00:00.000Z', because: 'why', all: ['a', '1'], deep: '{"a":1}' },
      long: 'y'.repeat(2_000),
    });
  });

  it('are told as they come, to those who watch', () => {
    const ring = new LogRing();
    const told: string[] = [];
    const end = ring.watch({ level: 'warn' }, ({ message }) => told.push(message));
    ring.add('info', 'a');
    ring.add('warn', 'b');
    end();
    ring.add('warn', 'c');
    expect(told).toEqual(['b']);
  });
});
