import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { listenString, served } from '../../test/served.js';
import type { ConnectionState, ConnectionStatus } from '../status/connection-status.js';

const SQL = `connections:\n  - connectionString: ${listenString('sql')}\n    endpoint: 127.0.0.1:1\n`;
const ID = '/api/connections/relay.example.net%2Fsql';

/** The events of an answer. */
const events = (text: string) =>
  [...text.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, event, data]) => ({
    event,
    data: JSON.parse(data!),
  }));

describe('a running manager', () => {
  it('says how it stands, by both fronts alike', async () => {
    await using one = await served({ text: SQL });
    const { body } = await one.command('GET', '/api/status');
    expect(body).toMatchObject({
      ...{ version: '1.2.3', pid: process.pid, policy: { ui: true, updates: true }, warnings: [] },
      configFile: { path: one.path, isWritable: true },
      connections: [
        {
          ...{ id: 'relay.example.net/sql', name: 'sql', namespace: 'relay.example.net' },
          ...{ target: '127.0.0.1:1', isConfiguredEndpoint: true, state: { name: 'stopped' } },
        },
      ],
    });
    expect((await one.browser('GET', '/api/status')).body).toEqual(body);
  });

  it('walks to a target, and to one of its own', async () => {
    await using one = await served({ text: SQL });
    const { text } = await one.command('POST', '/api/test', { target: '127.0.0.1:1' });
    const told = events(text);
    expect(told.map(({ event, data }) => data.name ?? event)).toEqual([
      ...['target-dns', 'target-policy', 'target-tcp', 'done'],
    ]);
    expect(told.at(-1)!.data).toEqual({ outcome: 'failed' });
  });

  it('does not walk where the policy does not let it', async () => {
    const target = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    let visits = 0;
    target.on('connection', () => {
      visits += 1;
    });
    const { port } = target.address() as { port: number };
    await using one = await served({ text: SQL, policy: `deny: ["*:${port}"]\nrelays: [other.example]\n` });
    const { text } = await one.browser('POST', '/api/test', { target: `127.0.0.1:${port}` });
    expect(events(text).find(({ data }) => data.name === 'target-policy')?.data.outcome).toBe('failed');
    const refused = await one.browser('POST', `${ID}/test`);
    expect([refused.status, refused.body.error.code]).toEqual([403, 'BlockedByPolicy']);
    target.close();
    expect(visits).toBe(0);
  });

  it('closes its pages as soon as the policy forbids them', async () => {
    await using one = await served({ policy: 'ui: allowed\n' });
    expect((await one.browser('GET', '/api/status')).status).toBe(200);
    writeFileSync(`${one.folder}/policy.yaml`, 'ui: denied\n');
    one.manager.reloadPolicy();
    await one.service.policyChanged();
    await expect(one.browser('GET', '/api/status')).rejects.toThrow('ECONNREFUSED');
    const { status, body } = await one.command('GET', '/api/ui');
    expect([status, body.error.message]).toEqual([409, expect.stringContaining('policy')]);
    writeFileSync(`${one.folder}/policy.yaml`, 'ui: allowed\n');
    one.manager.reloadPolicy();
    await one.service.policyChanged();
    expect((await one.command('GET', '/api/ui')).status).toBe(200);
  });

  it('has another token at each start', async () => {
    await using one = await served();
    await one.service.serveUi(undefined);
    expect((await one.command('GET', '/api/ui')).status).toBe(409);
    await one.service.serveUi({ port: one.port });
    await expect(one.browser('GET', '/api/status')).resolves.toMatchObject({ status: 401 });
  });

  it('serves no pages that the policy came to forbid while they were being opened', async () => {
    await using one = await served({ policy: 'ui: allowed\n' });
    const opened = one.service.serveUi({ port: 0 });
    const again = one.service.serveUi(undefined);
    const last = one.service.serveUi({ port: 0 });
    writeFileSync(`${one.folder}/policy.yaml`, 'ui: denied\n');
    one.manager.reloadPolicy();
    await Promise.all([opened, again, last, one.service.policyChanged()]);
    expect((await one.command('GET', '/api/ui')).status).toBe(409);
    await expect(one.browser('GET', '/api/status')).rejects.toThrow('ECONNREFUSED');
  });

  it('opens its pages once their port is free, and says till then that it cannot', async () => {
    await using one = await served();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(one.service.serveUi({ port })).rejects.toThrow('EADDRINUSE');
    const { status, body } = await one.command('GET', '/api/ui');
    expect([status, body.error.message]).toEqual([409, expect.stringContaining(`at port ${port}`)]);
    await new Promise((resolve) => other.close(resolve));
    await one.service.policyChanged();
    expect((await one.command('GET', '/api/ui')).body.url).toContain(`:${port}/`);
  });

  it('serves what others know', async () => {
    const asked: object[] = [];
    await using one = await served({
      ports: {
        metrics: () => 'up 1\n',
        audit: async (search) => {
          asked.push(search);
          return { value: [{ at: '2026-01-01T00:00:00.000Z', operation: 'connection-opened' }], next: 'n' };
        },
        update: () => ({
          current: '1.2.3',
          latest: '1.3.0',
          checkedAt: '2026-01-01T00:00:00.000Z',
          isNewer: true,
        }),
      },
    });
    const metrics = await one.browser('GET', '/metrics');
    expect([metrics.text, metrics.headers['content-type']]).toEqual([
      'up 1\n',
      expect.stringContaining('text/plain'),
    ]);
    const { body } = await one.command('GET', '/api/audit?limit=5&before=m&connection=A/B');
    expect(body.next).toBe('n');
    expect(asked).toEqual([{ limit: 5, before: 'm', connection: 'a/b' }]);
    expect((await one.command('GET', '/api/status')).body.update.latest).toBe('1.3.0');
  });
});

describe('a hybrid connection that is tried again and again', () => {
  it('has been so since the first attempt', async () => {
    await using one = await served({ text: SQL });
    const since = () => one.service.connection('relay.example.net/sql').state.since;
    const at = [1_000, 2_000, 3_000, 4_000].map((ms) => new Date(ms));
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const seen = (['online', 'waiting', 'connecting', 'waiting'] as const).map((name, index) => {
        vi.setSystemTime(at[index]!);
        const because = Object.assign(new Error('out of reach'), { code: 'ERR_RELAY_CUT' });
        const state =
          name === 'online'
            ? { name, since: at[0]! }
            : { name, attempt: 1, retryAt: at[3]!, because, advice: 'wait' };
        const status = { ...one.manager.status()[0]!, state };
        one.manager.status = () => [status as ConnectionStatus];
        one.manager.emit('state', 'sql', state as ConnectionState, 'relay.example.net/sql');
        // Another name is no other state.
        one.manager.status = () => [{ ...status, name: 'renamed' } as ConnectionStatus];
        return since();
      });
      expect(seen).toEqual([at[0], at[1], at[1], at[1]].map((date) => date!.toISOString()));
    } finally {
      vi.useRealTimers();
    }
  });
});
