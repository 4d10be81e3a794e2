import { once } from 'node:events';
import net from 'node:net';
import { startRelay } from '@hybridge/relay';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from './program.js';

const KEY = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=';
const at = (port: number, policy = 'defaultSender') =>
  `Endpoint=ws://127.0.0.1:${port}/;SharedAccessKeyName=${policy};SharedAccessKey=${KEY};EntityPath=sql`;

async function service(serve: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer((socket) => serve(socket.on('error', () => undefined)));
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as net.AddressInfo).port;
}

async function hybridge(args: readonly string[], env: Record<string, string> = {}) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (written[name] += text) });
  const interrupts = () => ({ first: new Promise<never>(() => {}), second: new Promise<never>(() => {}) });
  const code = await run(args, { stdout: sink('stdout'), stderr: sink('stderr'), env, interrupts });
  return { code, ...written };
}

const stepsIn = (stdout: string): { name: string; outcome: string; advice?: string }[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('hybridge test', () => {
  it('goes to a target, and needs nothing else for that', async () => {
    const port = await service((socket) => socket.destroy());
    const { code, stdout, stderr } = await hybridge(['test', `127.0.0.1:${port}`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(`\\nok +target-tcp +\\S+ ms  connected to 127\\.0\\.0\\.1:${port}\\n$`),
    );
  });

  it('fails when a step does, with what to do below it', async () => {
    const port = await service(() => {});
    const args = ['test', '--connection-string', at(port), '--timeout-ms', '200', '--no-proxy'];
    const { code, stdout, stderr } = await hybridge(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nFAIL http +\S+ ms {2}.*did not answer within 200 ms\n {5}-> /);
    expect(stderr).toContain('visible in the list of processes');
    expect(stdout + stderr).not.toContain(KEY);
  });

  it('prints an object a step, and takes the right from the name of the policy', async () => {
    const port = await service((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    const env = { CS: at(port, 'defaultListener') };
    const { code, stdout, stderr } = await hybridge(['test', '--connection-string', 'env:CS', '--json'], env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const steps = stepsIn(stdout);
    expect(steps.find(({ outcome }) => outcome === 'failed')).toMatchObject({ name: 'http' });
    expect(steps.at(-1)).toMatchObject({ name: 'register', outcome: 'skipped' });
  });

  it("goes on to the target of the metadata on a manager's side", async () => {
    const port = await service((socket) => socket.destroy());
    const hybridConnections = [{ name: 'sql', endpoint: `127.0.0.1:${port}` }];
    const relay = await startRelay({ namespaces: [{ name: 'localhost', hybridConnections }] });
    onTestFinished(() => relay.close({ graceMs: 0 }));
    const env = { HYBRIDGE_CONNECTION_STRING: relay.connectionString('sql', 'defaultListener') };
    const { code, stdout } = await hybridge(['test', '--register', '--json'], env);
    expect(code).toBe(0);
    expect(stepsIn(stdout).slice(-4)).toMatchObject([
      { name: 'register', outcome: 'ok' },
      { name: 'target-dns', outcome: 'ok' },
      { name: 'target-policy', outcome: 'skipped' },
      { name: 'target-tcp', outcome: 'ok' },
    ]);
  });

  it('shows a broken connection string as the first step', async () => {
    const env = { HYBRIDGE_CONNECTION_STRING: `Endpoint=sb://relay.test/;SharedAccessKey=${KEY}` };
    const { code, stdout } = await hybridge(['test', '--json'], env);
    expect(code).toBe(1);
    expect(stepsIn(stdout)[0]).toMatchObject({ name: 'connection-string', outcome: 'failed' });
    expect(stdout).not.toContain(KEY);
  });

  it.each([
    [['test'], 'give a target (host:port), or --connection-string, or set HYBRIDGE_CONNECTION_STRING'],
    [['test', '1433'], '"1433" is not host:port'],
    [['test', 'db:0'], '"db:0" is not host:port'],
    [['test', '--connection-string', at(1), '--register'], '--register is for --right listen'],
    [['test', '--connection-string', at(1), '--probe', '--right', 'listen'], '--probe is for --right send'],
    [['test', '--connection-string', at(1), '--right', 'manage'], 'Allowed choices are listen, send'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stderr } = await hybridge(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
