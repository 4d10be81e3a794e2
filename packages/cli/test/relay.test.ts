import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HybridgeProcess, hybridge, privateFile, relayWithSql, temporaryFolder } from './hybridge-process.js';

describe('hybridge relay', () => {
  it('is ready when its line stands on standard output, and ends in good order', async () => {
    const folder = temporaryFolder();
    const relay = new HybridgeProcess(['relay', '--data-dir', folder, '--port', '0', '--admin-port', '0']);
    const { url, admin } = await relay.ready();
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+/);
    expect(admin).toMatch(/^http:\/\/127\.0\.0\.1:\d+/);
    const socket = connect(Number(new URL(url!).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    const { code, stdout } = await relay.signal('SIGTERM');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^relay ready \{.*\}\n$/);
  });

  it('reads a file, and puts the options over it', async () => {
    const folder = temporaryFolder();
    const config = privateFile(
      folder,
      'relay.yaml',
      'listen: { port: 1 }\nadmin: { port: 0 }\nnamespaces: [{ name: relay.example.net, hybridConnections: [{ name: sql }] }]\n',
    );
    const relay = new HybridgeProcess(['relay', '--config', config, '--port', '0']);
    const { url } = await relay.ready();
    expect(new URL(url!).port).not.toBe('1');
    expect((await relay.signal('SIGINT')).code).toBe(0);
  });

  it('fails with exit code 1 when its port is taken', async () => {
    const { relay, folder } = await relayWithSql();
    const { url } = await relay.ready();
    const port = new URL(url!).port;
    const second = await hybridge([
      'relay',
      '--data-dir',
      join(folder, 'b'),
      '--port',
      port,
      '--admin-port',
      '0',
    ]);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^hybridge: .*EADDRINUSE.*\n$/);
  });

  it('warns when it is open to the network without TLS', async () => {
    const relay = new HybridgeProcess([
      ...['relay', '--data-dir', temporaryFolder(), '--host', '0.0.0.0', '--port', '0', '--admin-port', '0'],
    ]);
    await relay.ready();
    expect(relay.stderr).toMatch(/warn .*without TLS/);
  });

  it('warns when its admin port is open to the network', async () => {
    const folder = temporaryFolder();
    const config = privateFile(
      folder,
      'relay.yaml',
      'listen: { port: 0 }\nadmin: { host: 0.0.0.0, port: 0 }\n',
    );
    const relay = new HybridgeProcess(['relay', '--config', config, '--data-dir', join(folder, 'data')]);
    await relay.ready();
    expect(relay.stderr).toMatch(/warn .*admin port is open to the network/);
  });
});

describe('a first start without a file', () => {
  it('says where the portal is, and the token that it tells of opens it and the commands', async () => {
    const folder = temporaryFolder();
    const relay = new HybridgeProcess(['relay', '--data-dir', folder, '--port', '0', '--admin-port', '0']);
    const { admin } = await relay.ready();
    const [, portal, file] = await relay.line(
      'stderr',
      /info {2}the portal is at (\S+), and opens with the token in (\S+)$/m,
    );
    expect(portal).toBe(`${admin}/portal/`);
    const page = await fetch(portal!);
    expect({ status: page.status, type: page.headers.get('content-type') }).toEqual({
      status: 200,
      type: expect.stringContaining('text/html'),
    });
    const { code, stdout } = await hybridge(['status', '--relay', admin!, '--token', `file:${file}`]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Alarms +none$/m);
    expect((await relay.signal('SIGTERM')).stderr).not.toContain(readFileSync(file!, 'utf8').trim());
  });
});

describe.each([{ workers: '1' }, { workers: '2' }])(
  'a relay of $workers that is told to stop',
  ({ workers }) => {
    it('is not ready for new connections while those that are open may end', {
      timeout: 120_000,
    }, async () => {
      const { relay, listen, send } = await relayWithSql('--grace-ms', '30000', '--workers', workers);
      const { admin } = await relay.ready();
      const readiness = async () => (await fetch(`${admin}/readyz`)).status;
      expect(await readiness()).toBe(200);
      const target = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
      await once(target, 'listening');
      onTestFinished(() => void target.close());
      const { port } = target.address() as AddressInfo;
      const manager = new HybridgeProcess([
        ...['manager', '--connection-string', listen, '--endpoint', `127.0.0.1:${port}`],
      ]);
      await manager.ready();
      const forward = new HybridgeProcess(['forward', '--connection-string', send, '--listen', '0']);
      const local = connect(Number(new URL(`tcp://${(await forward.ready()).listen}`).port), '127.0.0.1');
      local.write('before');
      expect(String((await once(local, 'data'))[0])).toBe('before');
      relay.child.kill('SIGTERM');
      await expect.poll(readiness).toBe(503);
      local.write('after');
      expect(String((await once(local, 'data'))[0])).toBe('after');
      local.end();
      expect((await relay.ended).code).toBe(0);
    });
  },
);

describe('hybridge connection-string', () => {
  it('prints what the relay lets in, the same each time', async () => {
    const folder = temporaryFolder();
    const args = ['connection-string', 'sql', '--data-dir', folder, '--port', '9090'];
    const first = await hybridge(args);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      /^Endpoint=ws:\/\/[\w.]+:9090\/;SharedAccessKeyName=defaultSender;SharedAccessKey=[\w+/]{43}=;EntityPath=sql\n$/,
    );
    expect(await hybridge(args)).toEqual(first);
    const others = await Promise.all([
      hybridge([...args, '--key', 'secondary']),
      hybridge([...args, '--rule', 'defaultListener']),
    ]);
    expect(new Set([first, ...others].map(({ stdout }) => stdout)).size).toBe(3);
  });

  it.each([
    [['unknown'], 'unknown'],
    [['sql', '--rule', 'noSuchRule'], 'noSuchRule'],
  ])('refuses %j', async (args, message) => {
    const config = privateFile(
      temporaryFolder(),
      'relay.yaml',
      'namespaces: [{ name: relay.example.net, hybridConnections: [{ name: sql }] }]\n',
    );
    const { code, stdout, stderr } = await hybridge(['connection-string', ...args, '--config', config]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
