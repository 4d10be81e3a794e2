import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenerId } from '../forwarder/forwarder-parts.js';
import { takeManagerKey } from './manager-key.js';
import { processMark } from './process-mark.js';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'hybridge-key-'));
  folder = join(parent, 'state');
});
afterEach(() => rmSync(parent, { recursive: true }));

describe("a manager's secret", () => {
  it('is the same when it comes back', () => {
    const first = takeManagerKey(folder);
    first.release();
    const second = takeManagerKey(folder);
    expect(second.key).toBe(first.key);
    expect(second.problem).toBeUndefined();
  });

  it('is the same after a process that was killed', () => {
    const { key, release } = takeManagerKey(folder);
    release();
    // No system has process ids this high.
    writeFileSync(join(folder, 'manager.pid'), '2147483646\n');
    expect(takeManagerKey(folder)).toMatchObject({ key, problem: undefined });
  });

  it('is the same after one that had the same process id, as in a container', () => {
    const { key, release } = takeManagerKey(folder);
    release();
    writeFileSync(join(folder, 'manager.pid'), `${process.pid}\n`);
    expect(takeManagerKey(folder)).toMatchObject({ key, problem: undefined });
  });

  it('is the same after a restart of the machine, whoever has the process id now', () => {
    const { key, release } = takeManagerKey(folder);
    release();
    const lock = join(folder, 'manager.pid');
    writeFileSync(lock, `${process.ppid}\n`);
    expect(takeManagerKey(folder).problem).toContain('in use');
    utimesSync(lock, new Date(0), new Date(0));
    expect(takeManagerKey(folder)).toMatchObject({ key, problem: undefined });
  });

  it('belongs to one at a time', () => {
    const first = takeManagerKey(folder);
    const second = takeManagerKey(folder);
    expect(second.key).not.toBe(first.key);
    expect(second.problem).toContain(`in use by the manager with the process id ${process.pid}`);
    second.release();
    expect(readFileSync(join(folder, 'manager.pid'), 'utf8')).toMatch(`${process.pid} running`);
  });

  it.skipIf(process.platform !== 'linux')(
    'is the same after a process whose id somebody else has by now',
    () => {
      const { key, release } = takeManagerKey(folder);
      release();
      const lock = join(folder, 'manager.pid');
      writeFileSync(lock, `${process.ppid} running ${processMark(process.ppid)}\n`);
      expect(takeManagerKey(folder).problem).toContain('in use');
      writeFileSync(lock, `${process.ppid} running ${processMark(process.ppid)}0\n`);
      expect(takeManagerKey(folder)).toMatchObject({ key, problem: undefined, isShared: false });
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'stays with a process that runs, however far the clock jumped',
    () => {
      takeManagerKey(folder).release();
      const lock = join(folder, 'manager.pid');
      writeFileSync(lock, `${process.ppid} running ${processMark(process.ppid)}\n`);
      utimesSync(lock, new Date(0), new Date(0));
      expect(takeManagerKey(folder).problem).toContain('in use');
    },
  );

  it('passes to a successor as soon as its holder has left, and stays with that', () => {
    const first = takeManagerKey(folder);
    first.leave();
    const second = takeManagerKey(folder);
    expect(second).toMatchObject({ key: first.key, problem: undefined, isShared: true });
    first.release();
    expect(takeManagerKey(folder).problem).toContain('in use');
    first.leave();
    expect(readFileSync(join(folder, 'manager.pid'), 'utf8')).toMatch(`${process.pid} running`);
    second.release();
    expect(takeManagerKey(folder)).toMatchObject({ key: first.key, problem: undefined, isShared: false });
  });

  it('passes to a successor of another process as well', () => {
    const { key, leave, release } = takeManagerKey(folder);
    const lock = join(folder, 'manager.pid');
    // The successor, by the process id of somebody who is there.
    writeFileSync(lock, `${process.ppid}\n`);
    leave();
    release();
    expect(readFileSync(lock, 'utf8')).toBe(`${process.ppid}\n`);
    writeFileSync(lock, `${process.ppid} leaving\n`);
    expect(takeManagerKey(folder)).toMatchObject({ key, problem: undefined, isShared: true });
  });

  it.skipIf(process.platform === 'win32')('is nobody else’s to read', () => {
    takeManagerKey(folder);
    expect(statSync(join(folder, 'manager.key')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is made anew when the file was cut short', () => {
    takeManagerKey(folder).release();
    writeFileSync(join(folder, 'manager.key'), 'short');
    const { key } = takeManagerKey(folder);
    expect(readFileSync(join(folder, 'manager.key'), 'utf8')).toBe(`${key}\n`);
  });

  it('is a passing one where nothing can be kept', () => {
    writeFileSync(folder, 'a file');
    expect(takeManagerKey(folder).problem).toContain('cannot be used');
    expect(takeManagerKey(undefined).problem).toBeUndefined();
    expect(takeManagerKey(undefined).key).not.toBe(takeManagerKey(undefined).key);
  });
});

describe("a listener's id", () => {
  const config = {
    name: 'a',
    connectionString: 'the key',
    namespace: 'relay.test',
    serviceEndpoint: 'sb://relay.test/',
    hybridConnection: 'sql',
    target: undefined,
  };
  const options = { targetTimeoutMs: 1 };

  it('is a GUID, and the same for the same', () => {
    const id = listenerId('k', config, options);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(listenerId('k', { ...config, name: 'b', target: { host: 'x', port: 1 } }, options)).toBe(id);
  });

  it.each([
    ['manager', 'other', config, options],
    ['hybrid connection', 'k', { ...config, hybridConnection: 'crm' }, options],
    ['key', 'k', { ...config, connectionString: 'another key' }, options],
    ['way', 'k', config, { ...options, transport: { proxy: false as const } }],
  ])('is another one for another %s', (_what, key, other, way) => {
    expect(listenerId(key, other, way)).not.toBe(listenerId('k', config, options));
  });
});
