import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type DiagnoseTargetOptions, diagnoseTarget } from './diagnose-target.js';
import type { Step } from './step.js';

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function service(): Promise<number> {
  const server = net.createServer((socket) => socket.on('error', () => undefined).destroy());
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as net.AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const port = await service();
  await once(servers.pop()!.close(), 'close');
  return port;
}

async function walk(options: DiagnoseTargetOptions): Promise<Step[]> {
  const steps: Step[] = [];
  for await (const step of diagnoseTarget(options)) steps.push(step);
  return steps;
}

/** Every name has these addresses. */
const names =
  (...addresses: string[]): net.LookupFunction =>
  (_, __, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: net.isIP(address) })),
    );
const failing =
  (code: string): net.LookupFunction =>
  (_, __, callback) =>
    callback(Object.assign(new Error(code), { code }), '', 0);

describe('a target', () => {
  it('that is there is reached at each of its addresses', async () => {
    const port = await service();
    const steps = await walk({ host: 'db.corp.example', port, lookup: names('127.0.0.1') });
    expect(steps.map(({ name, outcome, message }) => [name, outcome, message])).toEqual([
      ['target-dns', 'ok', 'db.corp.example: 127.0.0.1'],
      ['target-policy', 'skipped', 'there is no policy'],
      ['target-tcp', 'ok', `connected to 127.0.0.1:${port}`],
    ]);
  });

  it('that listens at one of its addresses only is a warning for the other', async () => {
    const port = await service();
    const steps = await walk({ host: 'db.corp.example', port, lookup: names('127.0.0.2', '127.0.0.1') });
    expect(steps.slice(2).map(({ outcome, detail }) => [outcome, detail.address, detail.code])).toEqual([
      ['warning', '127.0.0.2', 'ECONNREFUSED'],
      ['ok', '127.0.0.1', undefined],
    ]);
  });

  it('that refuses is told apart from a host that is down', async () => {
    const [, , tcp] = await walk({ host: '127.0.0.1', port: await closedPort() });
    expect(tcp).toMatchObject({ name: 'target-tcp', outcome: 'failed', detail: { code: 'ECONNREFUSED' } });
    expect(tcp?.advice).toMatch(/^The host is up, and nothing listens at that port/);
  });

  it.each([
    ['ENOTFOUND', /db\.corp\.example has no address/, /known on this machine/],
    ['EAI_AGAIN', /no DNS server answered/, /resolv\.conf/],
  ])('whose name ends in %s is not dialled', async (code, message, advice) => {
    const steps = await walk({ host: 'db.corp.example', port: 1433, lookup: failing(code) });
    expect(steps.map(({ outcome }) => outcome)).toEqual(['failed', 'skipped', 'skipped']);
    expect(steps[0]?.message).toMatch(message);
    expect(steps[0]?.advice).toMatch(advice);
  });

  it('whose name is never answered is given up', async () => {
    const [dns] = await walk({ host: 'db.corp.example', port: 1433, timeoutMs: 20, lookup: () => undefined });
    expect(dns).toMatchObject({ outcome: 'failed', detail: { code: 'ETIMEDOUT' } });
  });

  it('that a policy forbids is not dialled, by name or by address', async () => {
    const port = await service();
    const check = (_: string, address: string) => (address === '127.0.0.2' ? 'not in allow' : undefined);
    const forbidden = await walk({ host: 'db.corp.example', port, check, lookup: names('127.0.0.2') });
    expect(forbidden.map(({ outcome }) => outcome)).toEqual(['ok', 'failed', 'skipped']);
    expect(forbidden[1]?.message).toContain('127.0.0.2: not in allow');
    const partly = await walk({
      host: 'db.corp.example',
      port,
      check,
      lookup: names('127.0.0.2', '127.0.0.1'),
    });
    expect(partly.slice(1).map(({ outcome }) => outcome)).toEqual(['warning', 'ok']);
  });

  it.each([
    { host: '', port: 1 },
    { host: 'db', port: 0 },
    { host: 'db', port: 65_536 },
    { host: 'db', port: 1, timeoutMs: 0 },
  ])('that makes no sense is a mistake of the program: %j', async (options) => {
    await expect(walk(options)).rejects.toThrow(/must be/);
  });

  it('is given up with the reason of the signal', async () => {
    const walking = walk({
      host: 'db',
      port: 1,
      lookup: () => undefined,
      signal: AbortSignal.abort(new Error('no')),
    });
    await expect(walking).rejects.toThrow('no');
  });
});
