import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { applyChange } from '../model/apply-change.js';
import type { Change } from '../model/change.js';
import { EMPTY_MODEL, type Model } from '../model/model.js';
import { FileStore } from './file-store.js';
import { MemoryStore, type Store, StoreConflict } from './store.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'relay-store-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return join(path, 'data');
}

const labels = { subscription: 's', resourceGroup: 'g' };
const context = { now: '2026-01-01T00:00:00.000Z', newKey: () => 'key' };
const changes: readonly Change[] = [
  { type: 'put-namespace', name: 'a.example', hosts: ['b.example'], tags: { '"quoted"': 'ü\n' } },
  { type: 'put-namespace', name: 'empty.example' },
  { type: 'put-hybrid-connection', namespace: 'a.example', name: 'sql', endpoint: 'db:1' },
  { type: 'put-hybrid-connection', namespace: 'a.example', name: 'web', userMetadata: '["\\u2028"]' },
  { type: 'put-plan', name: 'p', labels },
  { type: 'put-app', name: 'x', labels, plan: 'p' },
  { type: 'attach', subscription: 's', app: 'x', namespace: 'a.example', hybridConnection: 'sql' },
  { type: 'add-token', id: 't', name: 'Ann', role: 'owner', hash: 'h'.repeat(43), expiresAt: context.now },
];
const model = changes.reduce((before: Model, change) => applyChange(before, change, context), EMPTY_MODEL);

describe.each<[string, () => Promise<Store>]>([
  ['memory', async () => new MemoryStore()],
  ['a file', async () => FileStore.open(folder())],
])('a store in %s', (_, open) => {
  it('gives back what was saved last', async () => {
    const store = await open();
    expect(await store.load()).toBeUndefined();
    expect(await store.save(EMPTY_MODEL, 0)).toBe(1);
    expect(await store.save(model, 1)).toBe(2);
    expect(await store.load()).toEqual({ model, revision: 2 });
    await store.close();
  });

  it('does not replace what it is not told to replace', async () => {
    const store = await open();
    await store.save(model, 0);
    await expect(store.save(EMPTY_MODEL, 0)).rejects.toBeInstanceOf(StoreConflict);
    expect(await store.load()).toEqual({ model, revision: 1 });
    await store.close();
  });
});

describe('a store in a file', () => {
  it('keeps it for the next who opens it, with a line for each hybrid connection', async () => {
    const dataDir = folder();
    const store = await FileStore.open(dataDir);
    await store.save(model, 0);
    await store.close();
    const next = await FileStore.open(dataDir);
    expect(await next.load()).toEqual({ model, revision: 1 });
    expect(await next.save(EMPTY_MODEL, 1)).toBe(2);
    await next.close();
    expect(readdirSync(dataDir)).toEqual(['state.json']);
  });

  it('writes many hybrid connections in pieces, which are one file', async () => {
    const dataDir = folder();
    const [first, ...others] = model.namespaces;
    const hybridConnections = Array.from({ length: 2_000 }, (_, i) => ({
      ...first!.hybridConnections[0]!,
      name: `hybrid-connection-${i}`,
    }));
    const large = { ...model, namespaces: [{ ...first!, hybridConnections }, ...others] };
    const store = await FileStore.open(dataDir);
    await store.save(large, 0);
    expect(await store.load()).toEqual({ model: large, revision: 1 });
    const lines = readFileSync(join(dataDir, 'state.json'), 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('"hybrid-connection-7"'))).toHaveLength(1);
    await store.close();
  });

  it.runIf(process.platform !== 'win32')('is for the owner only', async () => {
    const dataDir = folder();
    const store = await FileStore.open(dataDir);
    await store.save(model, 0);
    const modeOf = (path: string) => statSync(path).mode & 0o777;
    expect([dataDir, join(dataDir, 'state.json'), join(dataDir, 'state.lock')].map(modeOf)).toEqual([
      0o700, 0o600, 0o600,
    ]);
    await store.close();
  });

  it.each<[string, string, string]>([
    ['an empty file', '', 'is damaged (it is not JSON)'],
    ['half a file', '{"version":1,"revision":1,"namespaces":[', 'is damaged (it is not JSON)'],
    ['something else', '[]', 'is damaged (at its top)'],
    ['no version', '{"revision":1}', 'is damaged (at version)'],
    ['a wrong value', stateWith({ revision: 'x' }), 'is damaged (at revision)'],
    ['a wrong value within', stateWith({ tokens: [{ id: 1 }] }), 'is damaged (at tokens.0.'],
    ['a member that is not known', stateWith({ more: 1 }), 'is damaged (at its top)'],
    [
      'a newer version',
      stateWith({ version: 2, more: 1 }),
      'has the format 2, and this version of the relay knows 1',
    ],
  ])('is not used and not touched when it holds %s', async (_, text, message) => {
    const dataDir = folder();
    const store = await FileStore.open(dataDir);
    const path = join(dataDir, 'state.json');
    writeFileSync(path, text);
    await expect(store.load()).rejects.toMatchObject({
      code: 'ERR_RELAY_CONFIG',
      message: expect.stringContaining(message),
    });
    await store.close();
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('that cannot be written holds what it held', async () => {
    const dataDir = folder();
    const failure = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    let isFull = false;
    const store = await FileStore.open(dataDir, async (path, content) => {
      if (isFull) throw failure;
      writeFileSync(path, [...content].join(''));
    });
    await store.save(model, 0);
    isFull = true;
    await expect(store.save(EMPTY_MODEL, 1)).rejects.toBe(failure);
    expect(await store.load()).toEqual({ model, revision: 1 });
    isFull = false;
    expect(await store.save(EMPTY_MODEL, 1)).toBe(2);
    await store.close();
  });

  it('is not written by one whose lock was taken away', async () => {
    const dataDir = folder();
    const store = await FileStore.open(dataDir);
    await store.save(model, 0);
    rmSync(join(dataDir, 'state.lock'));
    const other = await FileStore.open(dataDir);
    await expect(store.save(EMPTY_MODEL, 1)).rejects.toThrow('another relay may write there');
    await store.close();
    expect(readdirSync(dataDir)).toContain('state.lock');
    await other.close();
  });

  it('removes what a crash has left, and nothing else', async () => {
    const dataDir = folder();
    await (await FileStore.open(dataDir)).close();
    const id = '0fa8a3c5-3c5e-4f0e-9b1a-1f2e3d4c5b6a';
    const stale = [`state.json.${id}.tmp`, `keys.json.${id}.tmp`, `admin.token.${id}.tmp`];
    const fresh = `state.lock.${id}.tmp`;
    const old = `state.lock.${id.replace('0', '1')}.tmp`;
    const foreign = ['notes.tmp', `state.json.${id}`, 'state.json.backup'];
    for (const name of [...stale, fresh, old, ...foreign]) writeFileSync(join(dataDir, name), 'x');
    utimesSync(join(dataDir, old), 0, 0);
    await (await FileStore.open(dataDir)).close();
    expect(readdirSync(dataDir).sort()).toEqual([fresh, ...foreign].sort());
  });
});

function stateWith(members: object): string {
  const whole = { version: 1, revision: 1, namespaces: [], plans: [], apps: [], tokens: [] };
  return JSON.stringify({ ...whole, ...members });
}
