/**
 * The bench as a whole, tiny: what it measures here says nothing, but all of it is done.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { canInspectProcesses, requireBuild, until } from '@hybridge/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descendants } from './program.js';
import type { Run } from './run.js';

const bench = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hybridge-bench-test-'));

function run(...args: string[]) {
  return promisify(execFile)(process.execPath, [bench, ...args], { maxBuffer: 10_000_000 });
}

/** Whether a process runs; one that has ended may still have an entry that nobody has read. */
function isThere(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}

beforeAll(requireBuild);
afterAll(() => rmSync(folder, { recursive: true }));

describe('the bench', () => {
  it('measures, and writes the page and its chart', { timeout: 60_000 }, async () => {
    const page = join(folder, 'figures.md');
    writeFileSync(page, '# Figures\n\n<!-- bench:begin -->\n<!-- bench:end -->\n');
    const small = ['--quick', '--rounds', '1', '--megabytes', '1', '--only', 'hybridge'];
    const { stdout } = await run('throughput', 'round-trip', ...small, '--json', '--write', page);

    const { groups, subjects } = JSON.parse(stdout) as Run;
    expect(subjects.map(({ id }) => id)).toContain('hybridge');
    const [up] = groups[0]!.cases;
    expect(up!.name).toBe('one stream up');
    for (const id of ['net-pipe', 'hybridge']) {
      expect(up!.samples[id]).toHaveLength(1);
      expect(up!.samples[id]![0]!.rate).toBeGreaterThan(0);
    }
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('a quick run');
    expect(text).toContain('| hybridge');
    expect(text).toContain('](assets/figures.svg)');
    expect(readFileSync(join(folder, 'assets/figures.svg'), 'utf8')).toContain('One stream up');

    const kept = join(folder, 'run.json');
    writeFileSync(kept, stdout);
    expect((await run('--from', kept, '--json')).stdout).toBe(stdout);
  });

  it.runIf(canInspectProcesses)('holds crowds of idle connections', { timeout: 120_000 }, async () => {
    const { stdout, stderr } = await run('scale', '--quick', '--connections', '60', '--json');
    const [group] = (JSON.parse(stdout) as Run).groups;
    expect(group!.cases.map(({ name }) => name)).toEqual(['60 control channels', '60 tunnels']);
    for (const { samples } of group!.cases) {
      for (const id of ['relay-1', 'relay-2']) {
        expect(samples[id]).toEqual([expect.objectContaining({ held: 60 })]);
        expect(samples[id]![0]!.descriptors).toBeGreaterThan(30);
      }
    }
    expect(stderr).toContain('opening 60');
  });

  it.runIf(canInspectProcesses)('leaves nothing running when it is killed', { timeout: 60_000 }, async () => {
    const only = ['--only', 'hybridge,ws,nginx,haproxy'];
    const child = spawn(process.execPath, [bench, 'round-trip', ...only]);
    const started = (async () => {
      // The first case begins when everybody is there.
      for await (const line of createInterface({ input: child.stderr })) {
        if (/^Round trip: \d/.test(line)) return;
      }
      throw new Error('the bench ended before it began');
    })();
    await started;
    const all = descendants(child.pid!);
    // The target, three pipes, three processes of Hybridge and of naive ws, and whatever others are here.
    expect(all.length).toBeGreaterThanOrEqual(10);
    child.kill('SIGKILL');
    await until(() => !all.some(isThere), 10_000, 'them to end');
  });

  it.each([
    [['--rounds', 'many'], '--rounds takes a whole number'],
    [['sideways'], 'There is no suite sideways'],
    [['--from', '/nowhere.json'], 'nowhere.json'],
    [['--only', 'nobody'], 'There is no subject nobody'],
  ])('refuses %j with exit code 2', async (args, words) => {
    await expect(run(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  });
});
