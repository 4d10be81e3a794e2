import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './hybridge-process.js';

const DEMO = fileURLToPath(new URL('../../../examples/demo/index.js', import.meta.url));

describe('the demo', () => {
  it('shows rows that cross, and the truth about a failure, and ends by itself', {
    timeout: 60_000,
  }, async () => {
    const folder = temporaryFolder();
    const env = { ...process.env, TMPDIR: folder, TEMP: folder };
    const demo = spawn(process.execPath, [DEMO], { stdio: ['ignore', 'pipe', 'pipe'], env });
    const exit = new Promise((resolve) => demo.once('exit', resolve));
    const [stdout, stderr] = await Promise.all([text(demo.stdout), text(demo.stderr)]);
    expect({ code: await exit, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/✔ manager online at the relay/);
    expect(stdout).toMatch(/✔ db\.corp\.example, looked up on this side: /);
    expect(stdout).toMatch(/2 +│ Grace +│ New York +│ 6100\.00/);
    expect(stdout).toMatch(/✔ 20,000 rows, .* checksum/);
    expect(stdout).toMatch(/✔ the next query fails with ECONNREFUSED/);
    expect(stdout).toMatch(/Done in [\d.]+ s/);
    expectEnded(stdout);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('leaves nothing behind when it is interrupted', async () => {
    const folder = temporaryFolder();
    const demo = spawn(process.execPath, [DEMO], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: folder },
    });
    const exit = new Promise((resolve) => demo.once('exit', resolve));
    let stdout = '';
    for await (const data of demo.stdout) {
      stdout += data;
      if (!demo.killed && /relay at/.test(stdout)) demo.kill('SIGINT');
    }
    expect(await exit).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
    expectEnded(stdout);
  });
});

/** The processes that the demo spoke of are gone. */
function expectEnded(stdout: string): void {
  const processes = Array.from(stdout.matchAll(/process (\d+)/g), ([, pid]) => pid);
  expect(processes).not.toEqual([]);
  if (!existsSync('/proc/self')) return;
  for (const pid of processes) expect(existsSync(`/proc/${pid}`), `process ${pid}`).toBe(false);
}
