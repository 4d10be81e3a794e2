import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { requireBuild } from '@hybridge/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const DELAY_MS = 30;
const script = fileURLToPath(new URL('../dist/delay-hop-process.js', import.meta.url));
const echo = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => undefined);
  socket.pipe(socket);
});
let hop: ChildProcess;
let port = 0;

beforeAll(async () => {
  requireBuild();
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const target = (echo.address() as net.AddressInfo).port;
  hop = spawn(process.execPath, [script, String(target), String(DELAY_MS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: hop.stdout! }), 'line');
  port = Number(String(line).replace('ready ', ''));
});

afterAll(() => {
  hop.kill('SIGKILL');
  echo.close();
});

async function connected(): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

describe('a slow link', () => {
  it('takes a round trip for the connection, and one for what is sent over it', async () => {
    const socket = await connected();
    const start = performance.now();
    socket.write('hello');
    await once(socket, 'data');
    // Timers may be a millisecond early at each end.
    expect(performance.now() - start).toBeGreaterThan(4 * DELAY_MS - 4);
    const later = performance.now();
    socket.write('again');
    await once(socket, 'data');
    expect(performance.now() - later).toBeGreaterThan(2 * DELAY_MS - 4);
    socket.destroy();
  });

  it('loses nothing, keeps the order, and passes the end on', async () => {
    const socket = await connected();
    const sent = randomBytes(8_000_000);
    const hash = createHash('sha256');
    socket.on('data', (bytes) => hash.update(bytes));
    socket.end(sent);
    await once(socket, 'end');
    expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
  });
});
