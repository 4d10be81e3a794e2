/** The processes of the demo: started, waited for, and never left behind. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const manifest = new URL(import.meta.resolve('hybridge/package.json'));
const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
/** The command `hybridge`, as a file. */
export const command = fileURLToPath(new URL(bin.hybridge, manifest));

const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a subcommand of `hybridge`. Resolves with what stands on its ready line. */
export async function hybridge(name, ...args) {
  const child = watched(
    spawn(process.execPath, [command, name, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const start = `${name} ready `;
      if (line.startsWith(start)) resolve(JSON.parse(line.slice(start.length)));
    });
  });
  return { child, ...(await Promise.race([ready, child.failed])) };
}

/** Starts a script of this folder. Resolves with its first message. */
export async function script(name, env = {}) {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const child = watched(
    fork(path, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...process.env, ...env } }),
  );
  const [message] = await Promise.race([once(child, 'message'), child.failed]);
  return { child, ...message };
}

/** Asks a script for something, and waits for the answer. */
export async function ask(child, request) {
  const answer = once(child, 'message');
  child.send(request);
  const [message] = await Promise.race([answer, child.failed]);
  return message;
}

/** Ends a process and waits until it is gone. */
export async function stop(child) {
  if (!running.has(child)) return;
  child.expected = true;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await gone;
  clearTimeout(insist);
}

/** Ends all of them. */
export async function stopAll() {
  await Promise.all(Array.from(running, stop));
}

/** `failed` rejects with the child's own words when it ends and nobody asked it to. */
function watched(child) {
  running.add(child);
  let said = '';
  child.stderr.on('data', (data) => {
    said = `${said}${data}`.slice(-2_000);
  });
  child.failed = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (!child.expected)
        reject(new Error(`${child.spawnargs.slice(1, 3).join(' ')} ended (${code ?? signal})\n${said}`));
    });
  });
  // It is raced against; on its own it is nobody's concern.
  child.failed.catch(() => {});
  child.once('exit', () => running.delete(child));
  return child;
}
