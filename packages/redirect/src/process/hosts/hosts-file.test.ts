import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withBlock } from './hosts-block.js';
import { HostsFile } from './hosts-file.js';
import { isRunning, thisProcess } from './process-start.js';

const LOCALHOST = '127.0.0.1 localhost\n';
const entries = [{ address: '127.77.1.2', name: 'sql01.corp.example' }];

function temporaryHosts(text = LOCALHOST) {
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-hosts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'hosts');
  writeFileSync(path, text);
  return { folder, path, read: () => readFileSync(path, 'utf8') };
}

/** A process that was, and is no more. */
function goneProcess() {
  const { pid } = spawnSync(process.execPath, ['--version']);
  return { pid, start: 'unknown' };
}

describe('a hosts file', () => {
  it('has our names while we run, and is as before afterwards', () => {
    const { path, read, folder } = temporaryHosts();
    chmodSync(path, 0o640);
    const hosts = new HostsFile(path);
    hosts.write(entries);
    expect(read()).toContain('127.77.1.2 sql01.corp.example\n');
    hosts.write([{ address: '127.77.1.3', name: 'other' }]);
    expect(read()).not.toContain('sql01');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    hosts.remove();
    expect(read()).toBe(LOCALHOST);
    expect(readdirSync(folder)).toEqual(['hosts']);
  });

  it('keeps the block of another process that runs', () => {
    const { path, read } = temporaryHosts();
    const other = new HostsFile(path, { pid: process.ppid, start: 'unknown' });
    other.write(entries);
    const ours = new HostsFile(path);
    ours.write(entries);
    ours.remove();
    expect(read()).toContain(`pid=${process.ppid} `);
    other.remove();
    expect(read()).toBe(LOCALHOST);
  });

  it('is cleaned up after a process that crashed, by the next one', () => {
    const { path, read } = temporaryHosts(withBlock(LOCALHOST, goneProcess(), entries));
    const hosts = new HostsFile(path);
    hosts.write(entries);
    expect(read().match(/# BEGIN/g)).toHaveLength(1);
    hosts.remove();
    expect(read()).toBe(LOCALHOST);
  });

  it('is cleaned up by hand, of those that are gone or of all', () => {
    const gone = goneProcess();
    const running = thisProcess();
    const { path, read } = temporaryHosts(withBlock(withBlock(LOCALHOST, gone, entries), running, entries));
    const hosts = new HostsFile(path, { pid: process.ppid, start: 'unknown' });
    expect(hosts.clean()).toEqual([gone]);
    expect(hosts.clean({ all: true })).toEqual([running]);
    expect(read()).toBe(LOCALHOST);
  });

  it('is taken up again after a process that crashed while it wrote', () => {
    const { path, read } = temporaryHosts();
    writeFileSync(`${path}.hybridge-lock`, JSON.stringify(goneProcess()));
    new HostsFile(path).write(entries);
    expect(read()).toContain('sql01');
  });

  it('is not kept locked by what a machine without power left of a lock', () => {
    const { path, read } = temporaryHosts();
    const lock = `${path}.hybridge-lock`;
    writeFileSync(lock, '');
    utimesSync(lock, 0, 0);
    new HostsFile(path).write(entries);
    expect(read()).toContain('sql01');
  });

  it('is followed where it is a link, which stays one', () => {
    const { folder, read } = temporaryHosts();
    const link = join(folder, 'link');
    symlinkSync('hosts', link);
    new HostsFile(link).write(entries);
    expect(readFileSync(link, 'utf8')).toContain('sql01');
    expect(read()).toContain('sql01');
  });

  it('keeps bytes that are no UTF-8', () => {
    const { path } = temporaryHosts();
    const bytes = Buffer.from([0x23, 0xe9, 0x0a]);
    writeFileSync(path, bytes);
    const hosts = new HostsFile(path);
    hosts.write(entries);
    hosts.remove();
    expect(readFileSync(path)).toEqual(bytes);
  });

  it('says which lines have the same names', () => {
    const { path } = temporaryHosts(`${LOCALHOST}10.0.0.5 sql01.corp.example\n`);
    expect(new HostsFile(path).write(entries)).toEqual([5]);
  });

  it('says what to do when it cannot be changed', () => {
    expect(() => new HostsFile('/nowhere/hosts')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('a process', () => {
  it('runs only if it is the one that was started then', () => {
    const us = thisProcess();
    expect(isRunning(us)).toBe(true);
    if (process.platform === 'linux') expect(isRunning({ ...us, start: '1-1' })).toBe(false);
    expect(isRunning(goneProcess())).toBe(false);
  });
});
