/** A relay that may open few descriptors, on the only system where it can tell. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { privateFile, temporaryFolder } from './hybridge-process.js';

const COMMAND = fileURLToPath(new URL('../bin/hybridge.js', import.meta.url));
/** Enough to load all of the program at once, which reads its files side by side. */
const LIMIT = 256;

/** A relay under a limit. @returns what it is ready with, and waits for a line of its log */
async function limitedRelay() {
  const config = 'listen: { port: 0 }\nadmin: { port: 0, token: secret }\n';
  const file = privateFile(temporaryFolder(), 'relay.yaml', config);
  const child = spawn('/bin/sh', [
    ...['-c', `ulimit -n ${LIMIT}; exec "$0" "$@"`],
    ...[process.execPath, COMMAND, 'relay', '--config', file],
  ]);
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  let log = '';
  child.stderr.on('data', (piece) => {
    log += piece;
  });
  const line = async (pattern: RegExp) => {
    while (!pattern.test(log)) await once(child.stderr, 'data');
  };
  const [ready] = await once(createInterface({ input: child.stdout }), 'line');
  const { url, admin } = JSON.parse(String(ready).replace('relay ready ', '')) as Record<string, string>;
  return { port: Number(new URL(url!).port), admin: admin!, line };
}

/** Says nothing, as whoever has not made up its mind. */
async function silent(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

describe.runIf(process.platform === 'linux')('hybridge relay, short of descriptors', () => {
  it('says so at its start, when they run low, and when none is left; and goes on', async () => {
    const { port, admin, line } = await limitedRelay();
    await line(/fewer descriptors than the limits of connections need.*limit=256/);
    const sockets: Socket[] = [];
    for (let n = 0; n < LIMIT; n += 1) sockets.push(await silent(port));
    await line(/No descriptor is left.*open=\d+ limit=256/);
    for (const socket of sockets) socket.destroy();
    const status = async () => {
      const headers = { Authorization: 'Bearer secret' };
      const answer = await fetch(`${admin}/api/status`, { headers });
      return ((await answer.json()) as { descriptors: { open: number; limit: number; shortages: number } })
        .descriptors;
    };
    await expect.poll(async () => (await status()).open, { timeout: 10_000 }).toBeLessThan(LIMIT - 20);
    expect(await status()).toMatchObject({ limit: LIMIT, shortages: expect.any(Number) });
    expect((await status()).shortages).toBeGreaterThan(0);
  });
});
