/**
 * The unit and the container file of docs/deploy: they start the command with options that it has, the health check tells
 * a relay that runs from one that does not, and systemd, where it is there, takes the unit.
 * @module
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RelayServer } from '@hybridge/relay';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandProblems } from './readme/commands.js';
import { read } from './repository.js';

const UNIT = 'docs/deploy/hybridge-relay.service';
const CONTAINER = 'docs/deploy/Containerfile';

/** What is wrong with a command line of ours. */
function problemsOf(page: string, words: readonly string[]): string[] {
  return commandProblems({ page, line: 1, language: 'sh', code: words.join(' ') });
}

describe('the unit', () => {
  const lines = read(UNIT).split('\n');
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));

  it('starts a command that there is', () => {
    const [start = ''] = values('ExecStart');
    const [node, path, ...args] = start.split(' ');
    expect([node, path]).toEqual(['/usr/bin/node', '/usr/bin/hybridge']);
    expect(problemsOf(UNIT, ['hybridge', ...args])).toEqual([]);
  });

  it('gives it longer to end than it takes', () => {
    const [, graceMs] = /--grace-ms (\d+)/.exec(values('ExecStart')[0]!)!;
    expect(Number(values('TimeoutStopSec')[0]) * 1_000).toBeGreaterThan(Number(graceMs));
  });

  const has = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.skipIf(!has)('is one that systemd takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hybridge-unit-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'hybridge-relay.service');
    // Where there is no such command, that is all that would be wrong.
    writeFileSync(file, read(UNIT).replace('/usr/bin/node', process.execPath));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('the container file', () => {
  /** Instructions, with lines that go on put together. */
  const instructions = read(CONTAINER)
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line)?.slice(1) ?? [line, '']);
  const values = (name: string) => instructions.flatMap(([word, rest]) => (word === name ? [rest!] : []));
  /** The exec form: JSON. */
  const words = (text: string): string[] => JSON.parse(text);

  it('has the instructions that there are', () => {
    const known = [
      'FROM',
      'ARG',
      'RUN',
      'USER',
      'WORKDIR',
      'VOLUME',
      'EXPOSE',
      'STOPSIGNAL',
      'HEALTHCHECK',
      'ENTRYPOINT',
      'CMD',
    ];
    expect(instructions.map(([word]) => word).filter((word) => !known.includes(word!))).toEqual([]);
    expect(values('USER')).toEqual(['node']);
  });

  it('starts a command that there is', () => {
    const command = [...words(values('ENTRYPOINT')[0]!), ...words(values('CMD')[0]!)];
    expect(problemsOf(CONTAINER, command)).toEqual([]);
  });

  it('tells a relay that runs from one that does not', async () => {
    const [node, ...args] = words(values('HEALTHCHECK')[0]!.replace(/^.*?CMD /, ''));
    expect(node).toBe('node');
    const relay = new RelayServer({ listen: { port: 0 }, admin: { port: 0 }, timeouts: { drainMs: 0 } });
    const { admin = '' } = await relay.listen();
    onTestFinished(() => relay.close());
    const check = promisify(execFile);
    const at = (admin: string) => args.map((arg) => arg.replace('http://127.0.0.1:8081', admin));
    expect(args.join(' ')).toContain('http://127.0.0.1:8081/');
    await check(process.execPath, at(admin));
    await relay.close();
    await expect(check(process.execPath, at(admin))).rejects.toMatchObject({ code: 1 });
  });
});
