import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HybridgeProcess, hybridge, privateFile, relayWithSql } from './hybridge-process.js';

describe('hybridge manager and hybridge forward', () => {
  it('lead a local port to the target, half-close included', async () => {
    const { listen, send } = await relayWithSql();
    const endpoint = await upperCaseServer();
    const manager = new HybridgeProcess(['manager', '--connection-string', listen, '--endpoint', endpoint]);
    expect(await manager.ready()).toEqual({
      connections: [
        { name: 'sql', namespace: expect.stringContaining(':'), target: endpoint, state: 'online' },
      ],
    });
    const forward = new HybridgeProcess(['forward', '--connection-string', send, '--listen', '0']);
    const { listen: local } = await forward.ready();
    expect(local).toMatch(/^127\.0\.0\.1:\d+$/);

    expect(await said(local!, 'over there')).toBe('OVER THERE');

    expect((await forward.signal('SIGTERM')).code).toBe(0);
    expect((await manager.signal('SIGTERM')).code).toBe(0);
  });

  it('let open connections finish after SIGTERM, and cut them at a second signal', async () => {
    const { listen, send } = await relayWithSql();
    const endpoint = await upperCaseServer();
    const manager = new HybridgeProcess(['manager', '--connection-string', listen, '--endpoint', endpoint]);
    await manager.ready();
    const forward = new HybridgeProcess([
      'forward',
      '--connection-string',
      send,
      '--listen',
      '0',
      '--log-level',
      'debug',
    ]);
    const { listen: local } = await forward.ready();

    const socket = dial(local!);
    socket.write('a');
    await forward.line('stderr', /connection accepted/);
    forward.child.kill('SIGTERM');
    await forward.line('stderr', /SIGTERM: stopping/);
    socket.end('b');
    expect(String(await buffer(socket))).toBe('AB');
    expect((await forward.ended).code).toBe(0);

    const again = new HybridgeProcess([
      'forward',
      '--connection-string',
      send,
      '--listen',
      '0',
      '--log-level',
      'debug',
    ]);
    const held = dial((await again.ready()).listen!);
    const cut = failed(held);
    await again.line('stderr', /connection accepted/);
    again.child.kill('SIGTERM');
    await again.line('stderr', /SIGTERM: stopping/);
    expect((await again.signal('SIGINT')).code).toBe(130);
    expect(await cut).toBe('ECONNRESET');
  });

  it("say the target's own failure, on both sides", async () => {
    const { listen, send } = await relayWithSql();
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const endpoint = `127.0.0.1:${(nobody.address() as { port: number }).port}`;
    nobody.close();
    const manager = new HybridgeProcess(['manager', '--connection-string', listen, '--endpoint', endpoint]);
    await manager.ready();
    const forward = new HybridgeProcess(['forward', '--connection-string', send, '--listen', '0', '--json']);
    const socket = dial((await forward.ready()).listen!);
    await closed(socket);
    const [line] = await forward.line('stderr', /^.*"level":"warn".*$/m);
    expect(JSON.parse(line)).toMatchObject({ code: 'ECONNREFUSED', message: expect.stringContaining('sql') });
    await manager.line('stderr', /the target cannot be reached .*code=ECONNREFUSED/);
  });
});

describe('hybridge manager', () => {
  it('reads a file, and is ready with the state of each when the relay refuses one', async () => {
    const { folder, listen } = await relayWithSql();
    const config = privateFile(
      folder,
      'manager.yaml',
      `connections:
         - { connectionString: "${listen}", endpoint: "127.0.0.1:1" }
         - { connectionString: env:OTHER, endpoint: "127.0.0.1:1", name: other }\n`,
    );
    const env = { OTHER: refused() };
    const manager = new HybridgeProcess(['manager', '--config', config, '--ready-timeout-ms', '2000'], env);
    expect(await manager.ready()).toMatchObject({
      connections: [
        { name: 'sql', state: 'online' },
        { name: 'other', state: 'waiting' },
      ],
    });
    expect((await manager.signal('SIGINT')).code).toBe(0);
  });

  it('warns of a key on the command line', async () => {
    const manager = new HybridgeProcess([
      ...[
        'manager',
        '--connection-string',
        refused(),
        '--endpoint',
        '127.0.0.1:1',
        '--ready-timeout-ms',
        '0',
      ],
    ]);
    await manager.ready();
    await manager.line('stderr', /warn .*visible in the list of processes/);
    expect(manager.stderr).not.toContain('a2V5a2V5');
    expect((await manager.signal('SIGTERM')).code).toBe(0);
  });
});

describe('hybridge forward', () => {
  it('fails with exit code 1 when its port is taken', async () => {
    const first = new HybridgeProcess(['forward', '--listen', '0'], {
      HYBRIDGE_CONNECTION_STRING: refused(),
    });
    const { listen } = await first.ready();
    const second = await hybridge(['forward', '--listen', listen!], {
      HYBRIDGE_CONNECTION_STRING: refused(),
    });
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      /^hybridge: cannot listen on .* \(EADDRINUSE\): another program has that port.*\n$/,
    );
  });

  it('warns when its port is open to the network', async () => {
    const forward = new HybridgeProcess(['forward', '--listen', '0.0.0.0:0'], {
      HYBRIDGE_CONNECTION_STRING: refused(),
    });
    await forward.ready();
    expect(forward.stderr).toMatch(/warn .*open to the network/);
  });

  it('resets the local connection when there is no relay, and says why', async () => {
    const forward = new HybridgeProcess(['forward', '--listen', '0'], {
      HYBRIDGE_CONNECTION_STRING: refused(),
    });
    const socket = dial((await forward.ready()).listen!);
    expect(await failed(socket)).toBe('ECONNRESET');
    await forward.line('stderr', /warn .*code=ECONNREFUSED/);
    expect(forward.stderr).not.toContain('a2V5a2V5');
  });
});

/** A relay that is not there: nothing listens on port 1. */
function refused(): string {
  return 'Endpoint=ws://127.0.0.1:1/;SharedAccessKeyName=a;SharedAccessKey=a2V5a2V5;EntityPath=gone';
}

/** Answers in capitals, and ends when the client has ended. @returns its `host:port` */
async function upperCaseServer(): Promise<string> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => socket.write(String(data).toUpperCase()));
    socket.on('end', () => socket.end());
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

function dial(address: string): Socket {
  const [host, port] = address.split(':');
  const socket = connect({ host: host!, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

function failed(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
    socket.once('end', () => resolve('an end in good order'));
    socket.resume();
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Says something, ends, and hears the answer to its end. */
async function said(address: string, text: string): Promise<string> {
  const socket = dial(address);
  socket.end(text);
  return String(await buffer(socket));
}
