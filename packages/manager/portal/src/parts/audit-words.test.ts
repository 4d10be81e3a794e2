/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { auditRow } from './audit-words.js';

const at = '2026-01-02T03:04:05.678Z';

describe('a record of the audit log', () => {
  it('of a connection that is over says whose, how, for how long and how much', () => {
    const row = auditRow({
      at,
      operation: 'tunnel-ended',
      connection: 'relay.example/sql',
      sender: '203.0.113.7:51812',
      target: 'sql01:1433',
      durationMs: 5_310,
      bytesToTarget: 1_840,
      bytesFromTarget: 91_220,
      reason: 'finished',
    });
    expect(row).toMatchObject({
      time: at,
      message: '203.0.113.7:51812 finished after 5 s: 1.84 kB there, 91.2 kB back.',
      subject: 'relay.example/sql',
    });
    expect(row.details).toContainEqual(['durationMs', '5310']);
  });

  it.each([
    [{ operation: 'registered' }, 'The relay hands out connections to this manager.'],
    [{ operation: 'policy-violation', message: 'jump:22 may not be reached' }, 'jump:22 may not be reached.'],
    [{ operation: 'something-new' }, 'Something new.'],
    [
      { operation: 'tunnel-ended', durationMs: 'long', bytesToTarget: null },
      '  after < 1 s: 0 B there, 0 B back.',
    ],
  ])('%j is told as %j', (record, message) => {
    expect(auditRow({ at, ...record } as never).message).toBe(message);
  });
});
