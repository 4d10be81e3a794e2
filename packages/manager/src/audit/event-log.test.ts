import { describe, expect, it } from 'vitest';
import { EventLog } from './event-log.js';

function opened(error: Error | null = null) {
  const calls: (readonly string[])[] = [];
  const problems: string[] = [];
  const log = new EventLog({
    onProblem: (problem) => problems.push(problem),
    run: (command, args, done) => {
      calls.push([command, ...args]);
      done(error);
    },
  });
  return { log, calls, problems };
}

describe('a writer to the event log of Windows', () => {
  it('makes an event of an important record', () => {
    const { log, calls } = opened();
    log.write('warning', '{"operation":"policy-violation","rule":"x"}');
    expect(calls).toEqual([
      [
        ...[
          expect.stringMatching(/^[A-Z]:\\.*\\System32\\eventcreate\.exe$/i),
          '/L',
          'APPLICATION',
          '/T',
          'WARNING',
          '/SO',
          'Hybridge Manager',
          '/ID',
          '9',
        ],
        ...['/D', '{"operation":"policy-violation","rule":"x"}'],
      ],
    ]);
  });

  it('passes over what is not important, and lines that are no records', () => {
    const { log, calls } = opened();
    log.write('info', '{"operation":"tunnel-opened"}');
    log.write('info', '{"operation":"nothing"}');
    expect(calls).toEqual([]);
    expect(log.lost).toBe(0);
  });

  it('makes so many and no more, and counts the rest', () => {
    const { log, calls } = opened();
    for (let n = 0; n < 100; n += 1) log.write('notice', '{"operation":"policy-read"}');
    expect(calls.length).toBeLessThan(20);
    expect(calls.length + log.lost).toBe(100);
  });

  it('says once that it cannot', () => {
    const { log, problems } = opened(new Error('access denied'));
    for (let n = 0; n < 3; n += 1) log.write('notice', '{"operation":"policy-read"}');
    expect(problems).toEqual([expect.stringContaining('access denied')]);
    expect(log.lost).toBe(3);
  });
});
