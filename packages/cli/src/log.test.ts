import { describe, expect, it } from 'vitest';
import { Log, type LogLevel } from './log.js';

function logged(level: LogLevel, json: boolean, write: (log: Log) => void): string {
  let text = '';
  const sink = { write: (line: string) => (text += line) };
  write(new Log(sink, { level, json, now: () => new Date('2026-01-02T03:04:05.678Z') }));
  return text;
}

describe('a log line', () => {
  it('has a time, a level, a message and facts', () => {
    const line = logged('info', false, (log) =>
      log.info('online', {
        connection: 'sql',
        since: new Date(0),
        because: new Error('it broke'),
        gone: undefined,
        n: 1,
        added: ['sql', 'web'],
      }),
    );
    expect(line).toBe(
      '2026-01-02T03:04:05.678Z info  online connection=sql since=1970-01-01T00:00:00.000Z because="it broke" n=1 added=sql,web\n',
    );
  });

  it('can be JSON', () => {
    expect(JSON.parse(logged('info', true, (log) => log.warn('careful', { code: 'E1' })))).toEqual({
      time: '2026-01-02T03:04:05.678Z',
      level: 'warn',
      message: 'careful',
      code: 'E1',
    });
  });

  it('stays one line, whatever is in it', () => {
    const line = logged('info', false, (log) => log.info('a\nb\u001b[2J', { x: 'c\r\nd', y: '' }));
    expect(line).toBe('2026-01-02T03:04:05.678Z info  a b [2J x="c d" y=""\n');
  });

  it.each<[LogLevel, number]>([
    ['silent', 0],
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
  ])('at level %s: %i of four are written', (level, count) => {
    const text = logged(level, false, (log) => {
      log.error('1');
      log.warn('2');
      log.info('3');
      log.debug('4');
    });
    expect(text.split('\n')).toHaveLength(count + 1);
  });
});
