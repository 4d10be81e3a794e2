import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@hybridge/sender';
import { describe, expect, it } from 'vitest';
import { HybridgeProcess, hybridge, privateFile, relayWithSql, temporaryFolder } from './hybridge-process.js';

const workers = (...more: string[]) => [
  ...['relay', '--data-dir', temporaryFolder(), '--port', '0', '--admin-port', '0', '--workers', '2'],
  ...more,
];

/** The processes that the relay says it has started. */
async function pids(relay: HybridgeProcess): Promise<number[]> {
  await relay.line('stderr', /(worker takes connections[^\n]*\n[\s\S]*){2}/);
  return [...relay.stderr.matchAll(/worker takes connections .*pid=(\d+)/g)].map(([, pid]) => Number(pid));
}

const isThere = (pid: number) => {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
};

async function untilGone(processes: readonly number[]): Promise<void> {
  while (processes.some(isThere)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('hybridge relay --workers', () => {
  it('is ready when all take connections, says where each is, and ends all in good order', async () => {
    const relay = new HybridgeProcess(workers());
    const { url, workers: own } = await relay.ready();
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+/);
    expect(own).toEqual([expect.stringMatching(/^ws:/), expect.stringMatching(/^ws:/)]);
    const started = await pids(relay);
    expect(started).toHaveLength(2);
    const { code, stdout } = await relay.signal('SIGTERM');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^relay ready \{.*\}\n$/);
    await untilGone(started);
  });

  it('lets open connections end by themselves after SIGTERM', async () => {
    const { relay, listen, send } = await relayWithSql('--workers', '2');
    const target = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(target, 'listening');
    const { port } = target.address() as AddressInfo;
    const endpoint = `127.0.0.1:${port}`;
    const manager = new HybridgeProcess(['manager', '--connection-string', listen, '--endpoint', endpoint]);
    await manager.ready();
    const socket = connect({ connectionString: readFileSync(send.slice('file:'.length), 'utf8').trim() });
    await once(socket, 'connect');
    const ended = relay.signal('SIGTERM');
    await relay.line('stderr', /SIGTERM: stopping/);
    socket.end('goodbye');
    let answer = '';
    for await (const piece of socket) answer += String(piece);
    expect(answer).toBe('goodbye');
    expect((await ended).code).toBe(0);
    target.close();
  });

  it('leaves no worker behind when it is killed', async () => {
    const relay = new HybridgeProcess(workers());
    await relay.ready();
    const started = await pids(relay);
    await relay.signal('SIGKILL');
    await untilGone(started);
  });

  it('takes up where it was when all of it was stopped for longer than a worker may be silent', async () => {
    const config = privateFile(
      temporaryFolder(),
      'relay.yaml',
      'listen: { port: 0 }\nadmin: { port: 0 }\nworkers: { count: 2, silenceMs: 1000 }\n',
    );
    const relay = new HybridgeProcess(['relay', '--config', config]);
    const { admin } = await relay.ready();
    const started = await pids(relay);
    const group = [relay.child.pid!, ...started];
    for (const pid of group) process.kill(pid, 'SIGSTOP');
    await sleep(3_000);
    // The first process goes on first: the others have had no chance to answer it.
    for (const pid of group) process.kill(pid, 'SIGCONT');
    await sleep(1_500);
    expect(relay.stderr).not.toMatch(/does not answer|died/);
    expect(await pids(relay)).toEqual(started);
    expect(await (await fetch(`${admin}/healthz`)).json()).toEqual({ status: 'ok' });
  });

  it('is a single process when there is one worker', async () => {
    const relay = new HybridgeProcess(workers('--workers', '1'));
    expect(await relay.ready()).not.toHaveProperty('workers');
    expect(relay.stderr).not.toMatch(/worker/);
  });

  it('fails with exit code 1 when its port is taken', async () => {
    const first = new HybridgeProcess(workers());
    const { url } = await first.ready();
    const second = await hybridge(workers('--port', new URL(url!).port));
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/hybridge: .*EADDRINUSE.*\n$/);
  });

  it.each(['0', 'many', '-1'])('takes no %s of them', async (count) => {
    const { code, stderr } = await hybridge(workers('--workers', count));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^hybridge: .*workers.*\n$/);
  });

  it('asks for the addresses of workers where the relay has a public one', async () => {
    const folder = temporaryFolder();
    const config = privateFile(
      folder,
      'relay.yaml',
      'listen: { port: 0 }\nadmin: { port: 0 }\npublicUrl: wss://relay.example.net\nworkers: { count: 2 }\n',
    );
    const { code, stderr } = await hybridge(['relay', '--config', config]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^hybridge: relay\.yaml: workers\.publicUrl: is needed.*\n$/);
  });
});
