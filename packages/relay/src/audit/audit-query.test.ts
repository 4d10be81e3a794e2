import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditFileName, queryAudit } from '@hybridge/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareFilter } from './audit-filter.js';
import type { AuditQuery } from './audit-trail.js';

const find = (where: string, query: AuditQuery) => queryAudit(where, prepareFilter(query), query);

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
let folder: string;

/** Record `n` is made in minute `n`. */
function line(n: number): string {
  return JSON.stringify({
    EventTimeString: `${new Date(START + n * MINUTE).toISOString().slice(0, -1)}0000Z`,
    operationName: `Microsoft.Relay/HybridConnections/${n % 2 === 0 ? 'NewListenerRegistered' : 'InvalidSasToken'}`,
    ActivityId: String(n),
    properties: {
      namespace: 'Contoso',
      hybridConnection: n % 3 === 0 ? 'sql' : 'web',
      policy: n % 5 === 0 ? 'defaultSender' : undefined,
      padding: 'x'.repeat(n % 7 === 0 ? 3_000 : 10),
    },
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybridge-audit-'));
  const lines = Array.from({ length: 300 }, (_, n) => line(n));
  const file = (number: number, from: number, texts: readonly string[]) =>
    writeFile(join(folder, auditFileName(number, START + from * MINUTE)), texts.join(''));
  await file(
    1,
    0,
    lines.slice(0, 120).map((each) => `${each}\n`),
  );
  // A line that a crash has torn, one that is none of ours, and the last without its end.
  await file(2, 120, [...lines.slice(120, 200).map((each) => `${each}\n`), '{"torn\n', 'null\n', '7\n']);
  await file(3, 200, [lines.slice(200).join('\n')]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function ids(query: Partial<AuditQuery>): Promise<number[]> {
  const { records } = await find(folder, { limit: 1_000, ...query });
  return records.map(({ ActivityId }) => Number(ActivityId));
}

/** What a filter should leave. */
function expected(filter: (n: number) => boolean): number[] {
  return Array.from({ length: 300 }, (_, n) => 299 - n).filter(filter);
}

describe('a query of the audit log', () => {
  it('finds all records, newest first, over all files', async () => {
    expect(await ids({})).toEqual(expected(() => true));
  });

  it.each<[string, Partial<AuditQuery>, (n: number) => boolean]>([
    ['an operation', { operation: 'NewListenerRegistered' }, (n) => n % 2 === 0],
    ['the beginning of an operation, in any case', { operation: 'invalid' }, (n) => n % 2 === 1],
    [
      'a whole operation name',
      { operation: 'Microsoft.Relay/HybridConnections/InvalidSasToken' },
      (n) => n % 2 === 1,
    ],
    ['a hybrid connection', { namespace: 'contoso', hybridConnection: 'SQL' }, (n) => n % 3 === 0],
    ['another namespace', { namespace: 'fabrikam' }, () => false],
    ['a policy', { policy: 'defaultsender' }, (n) => n % 5 === 0],
    ['a text', { text: '"hybridconnection":"WEB"' }, (n) => n % 3 !== 0],
    ['a time from', { from: '2026-01-01T04:00:00Z' }, (n) => n >= 240],
    ['a time to', { to: '2026-01-01T00:30:00.0000000Z' }, (n) => n <= 30],
    [
      'a time from and to',
      { from: '2026-01-01T01:59:00Z', to: '2026-01-01T02:01:00Z' },
      (n) => n > 118 && n < 122,
    ],
    ['a time that cannot be read', { from: 'yesterday', to: '' }, () => true],
    ['all together', { operation: 'New', hybridConnection: 'sql', text: 'xxx' }, (n) => n % 6 === 0],
  ])('finds %s', async (_what, query, filter) => {
    expect(await ids(query)).toEqual(expected(filter));
  });

  it.each([1, 7, 50, 299, 300])('goes on where it stopped, %i at a time', async (limit) => {
    const found: number[] = [];
    let before: string | undefined;
    do {
      const page = await find(folder, { limit, before });
      expect(page.records.length).toBeLessThanOrEqual(limit);
      found.push(...page.records.map(({ ActivityId }) => Number(ActivityId)));
      before = page.next;
    } while (before !== undefined);
    expect(found).toEqual(expected(() => true));
  });

  it.each(['x', '-1.2', '3', '../../etc/passwd.1', '9'.repeat(40)])(
    'takes the cursor %j for none',
    async (before) => {
      expect(await ids({ before, limit: 3 })).toEqual([299, 298, 297]);
    },
  );

  it('finds nothing where there is no folder', async () => {
    expect(await find(join(folder, 'nowhere'), { limit: 5 })).toEqual({ records: [] });
  });

  it('reads a bounded piece of a long log at a time, and says where it is', async () => {
    const long = await mkdtemp(join(tmpdir(), 'hybridge-audit-'));
    const lines = Array.from({ length: 25_000 }, (_, n) => `${line(n)}${' '.repeat(200)}\n`);
    await writeFile(join(long, auditFileName(1, START)), lines.join(''));
    let pages = 0;
    let found = 0;
    let before: string | undefined;
    do {
      const page = await find(long, { limit: 10, text: '"ActivityId":"7"', before });
      found += page.records.length;
      pages += 1;
      before = page.next;
    } while (before !== undefined);
    await rm(long, { recursive: true });
    expect(found).toBe(1);
    expect(pages).toBeGreaterThan(1);
  });
});
