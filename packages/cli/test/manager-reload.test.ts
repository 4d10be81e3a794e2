import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HybridgeProcess, privateFile, relayWithSql } from './hybridge-process.js';

describe('hybridge manager, while its configuration file changes', () => {
  it('leads to the changed target, and keeps what runs when the file is broken', async () => {
    const { folder, listen, send } = await relayWithSql();
    const [one, two] = [await greeter('one'), await greeter('two')];
    const file = (endpoint: string) =>
      JSON.stringify({ connections: [{ connectionString: listen, endpoint }] });
    const path = privateFile(folder, 'manager.yaml', file(one));
    const manager = new HybridgeProcess(['manager', '--config', path]);
    await manager.ready();
    const forward = new HybridgeProcess(['forward', '--connection-string', send, '--listen', '0']);
    const { listen: local } = await forward.ready();
    expect(await said(local!)).toBe('one');

    writeFileSync(path, 'connections: [');
    await manager.line(
      'stderr',
      /the configuration cannot be used, so what runs goes on as it is: .*is not YAML/,
    );
    expect(await said(local!)).toBe('one');

    writeFileSync(path, file(two));
    await manager.line('stderr', /configuration applied/);
    expect(await said(local!)).toBe('two');
    expect((await manager.signal('SIGTERM')).code).toBe(0);
  });

  it.skipIf(process.platform === 'win32')('reads it again at SIGHUP, if it is not to watch', async () => {
    const { folder, listen } = await relayWithSql();
    const path = privateFile(
      folder,
      'manager.yaml',
      JSON.stringify({ connections: [{ connectionString: listen, endpoint: '127.0.0.1:1' }] }),
    );
    const manager = new HybridgeProcess(['manager', '--config', path, '--no-watch']);
    await manager.ready();
    writeFileSync(
      path,
      JSON.stringify({ connections: [{ connectionString: listen, endpoint: '127.0.0.1:2' }] }),
    );
    manager.child.kill('SIGHUP');
    await manager.line('stderr', /configuration applied.*sql/);
    expect((await manager.signal('SIGTERM')).code).toBe(0);
  });
});

/** A target that says who it is. */
async function greeter(name: string): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined).end(name));
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

async function said(local: string): Promise<string> {
  const socket = connect(Number(local.split(':')[1]), '127.0.0.1');
  const [text] = await once(socket, 'data');
  socket.destroy();
  return String(text);
}
