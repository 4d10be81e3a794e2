import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Processes, systemProcesses } from './processes.js';
import { StateLock } from './state-lock.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'relay-lock-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** A machine on which process 7 runs, and was started at `noon`. */
const machine = (rest: Partial<Processes> = {}): Processes => ({
  pid: 8,
  host: 'here',
  isThere: (pid) => pid === 7 || pid === 8,
  startOf: () => 'noon',
  ...rest,
});

function locked(content: object | string): string {
  const dataDir = folder();
  const lock = { id: 'x', pid: 7, host: 'here', started: 'noon' };
  const text = typeof content === 'string' ? content : JSON.stringify({ ...lock, ...content });
  writeFileSync(join(dataDir, 'state.lock'), text);
  return dataDir;
}

const ago = (dataDir: string, seconds: number) => {
  const time = Date.now() / 1_000 - seconds;
  utimesSync(join(dataDir, 'state.lock'), time, time);
};

describe('the lock of a data folder', () => {
  it('is one’s own until it is given back', async () => {
    const dataDir = folder();
    const lock = await StateLock.acquire(dataDir);
    expect(await lock.isHeld()).toBe(true);
    expect(await StateLock.isTaken(dataDir)).toBe(true);
    await expect(StateLock.acquire(dataDir)).rejects.toMatchObject({
      code: 'ERR_RELAY_CONFIG',
      message: expect.stringMatching(/in use by another relay \(process \d+\): stop that one, or give/),
    });
    await lock.release();
    expect(readdirSync(dataDir)).toEqual([]);
    expect(await StateLock.isTaken(dataDir)).toBe(false);
    await (await StateLock.acquire(dataDir)).release();
  });

  it('goes to one of many that want it at once', async () => {
    const dataDir = folder();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => StateLock.acquire(dataDir)));
    const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]!.release();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('is waited for, for a moment', async () => {
    const dataDir = folder();
    const first = await StateLock.acquire(dataDir);
    const second = StateLock.acquire(dataDir);
    await first.release();
    await (await second).release();
  });

  it.each<[string, object | string, Partial<Processes>]>([
    ['of a process that is gone', { pid: 9 }, {}],
    ['of a process whose number another one has', { started: 'morning' }, {}],
    ['of an earlier life of a container, whose processes all have one number', { pid: 8, started: 'x' }, {}],
    ['that was not written whole', '{"id":', {}],
  ])('is taken over when it is one %s', async (_, content, processes) => {
    const dataDir = locked(content);
    expect(await StateLock.isTaken(dataDir, machine(processes))).toBe(false);
    const lock = await StateLock.acquire(dataDir, machine(processes));
    expect(await lock.isHeld()).toBe(true);
    await lock.release();
  });

  it.each<[string, object, Partial<Processes>]>([
    ['of a process that runs', {}, {}],
    [
      'of a process that runs, where nobody can say since when',
      { started: null },
      { startOf: () => undefined },
    ],
    ['that another machine has just touched', { host: 'there', pid: 9 }, {}],
  ])('is left alone when it is one %s', async (_, content, processes) => {
    const dataDir = locked(content);
    const before = readFileSync(join(dataDir, 'state.lock'), 'utf8');
    await expect(StateLock.acquire(dataDir, machine(processes))).rejects.toThrow('in use by another relay');
    expect(readFileSync(join(dataDir, 'state.lock'), 'utf8')).toBe(before);
    expect(readdirSync(dataDir)).toEqual(['state.lock']);
  });

  it('of another machine is taken over when it was not touched for a minute', async () => {
    const dataDir = locked({ host: 'there' });
    ago(dataDir, 50);
    expect(await StateLock.isTaken(dataDir, machine())).toBe(true);
    ago(dataDir, 61);
    await (await StateLock.acquire(dataDir, machine())).release();
  });

  it('is not taken in a folder that cannot be made', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    await expect(StateLock.acquire(join(file, 'data'))).rejects.toMatchObject({
      code: 'ERR_RELAY_CONFIG',
      message: expect.stringContaining('cannot write to'),
    });
  });
});

describe('the processes of this machine', () => {
  it('are this one, and not one that is nobody’s', () => {
    expect(systemProcesses.isThere(process.pid)).toBe(true);
    expect(systemProcesses.isThere(2 ** 22 + 1)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('were started at some time, which stays', () => {
    const started = systemProcesses.startOf(process.pid);
    expect(started).toMatch(/^[0-9a-f-]{36}\/\d+$/);
    expect(systemProcesses.startOf(process.pid)).toBe(started);
    expect(systemProcesses.startOf(process.ppid)).not.toBe(started);
    expect(systemProcesses.startOf(2 ** 22 + 1)).toBeUndefined();
  });
});
