import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Ended,
  HybridgeProcess,
  hybridge,
  privateFile,
  relayWithSql,
  temporaryFolder,
} from './hybridge-process.js';
import { runHybridge } from './managed-relay.js';

/** A manager with a folder of its own, and a way to operate it. */
async function running(...more: readonly string[]) {
  const folder = temporaryFolder();
  const dataDir = join(folder, 'm');
  const manager = new HybridgeProcess(['manager', 'run', '--data-dir', dataDir, ...more]);
  await manager.ready();
  const socket = join(dataDir, 'manager.sock');
  return {
    ...{ folder, dataDir, manager, socket, config: join(dataDir, 'manager.yaml') },
    verb: (...args: readonly string[]): Promise<Ended> => hybridge(['manager', ...args, '--socket', socket]),
    /** Runs one that has to be done, and reads what it prints. */
    // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
    json: async (...args: readonly string[]): Promise<any> => {
      const { code, stdout, stderr } = await hybridge(['manager', ...args, '--json', '--socket', socket]);
      if (code !== 0) throw new Error(`hybridge manager ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
  };
}

/** A target that greets. */
async function target(): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined).write('hello'));
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

async function forwarded(send: string) {
  const forward = new HybridgeProcess(['forward', '--connection-string', send, '--listen', '0']);
  const { listen } = await forward.ready();
  const socket = connect(Number(String(listen).split(':')[1]), '127.0.0.1');
  socket.on('error', () => undefined);
  const [text] = await once(socket, 'data');
  return { socket, text: String(text) };
}

describe.skipIf(process.platform === 'win32')('hybridge manager', { timeout: 60_000 }, () => {
  it('begins with nothing, is given a hybrid connection, and leads it, all while it runs', async () => {
    const { listen, send } = await relayWithSql();
    const { verb, json, config, socket, manager } = await running();
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(existsSync(config)).toBe(false);
    expect((await verb('list')).stdout).toBe('None.\n');

    const added = await json('add', '--connection-string', listen, '--endpoint', await target());
    expect(added).toMatchObject([{ name: 'sql', isConfiguredEndpoint: true, state: { name: 'online' } }]);
    expect(readFileSync(config, 'utf8')).toContain(`connectionString: ${listen}\n`);
    const { socket: tunnel, text } = await forwarded(send);
    expect(text).toBe('hello');

    expect((await verb('list')).stdout).toMatch(/^NAME .*\nsql .* online .* 1 +1\n$/);
    const { stdout: shown } = await verb('show', 'SQL');
    expect(shown).toMatch(/^State +online for .*since .*\n.*^Open +1\n.*^Last hour +1 connections, /ms);
    const { configFile, connections } = await json('status');
    expect([configFile, connections.length]).toEqual([{ path: config, isWritable: true }, 1]);

    expect((await json('restart', 'sql')).id).toBe(added[0].id);
    await expect.poll(async () => (await json('show', 'sql')).state.name).toBe('online');
    const { code, stderr } = await verb('remove', 'sql');
    expect([code, stderr]).toEqual([2, expect.stringContaining('with 1 open connection?')]);
    expect(await json('remove', 'sql', '--yes')).toEqual({ removed: added[0].id, open: 1 });
    expect(await json('list')).toEqual([]);
    tunnel.destroy();
    expect((await manager.signal('SIGTERM')).code).toBe(0);
    expect(existsSync(socket)).toBe(false);
  });

  it('has another endpoint, name and key for one, and cuts nothing off', async () => {
    const { listen, send, relay, folder } = await relayWithSql();
    const { admin } = await relay.ready();
    const { config, socket } = await running();
    const verb = (...args: readonly string[]) => runHybridge(['manager', ...args, '--socket', socket]);
    const json = async (...args: readonly string[]) => JSON.parse((await verb(...args, '--json')).stdout);
    await verb('add', '--connection-string', listen, '--endpoint', await target());
    const { socket: tunnel } = await forwarded(send);

    const moved = await json('update', 'sql', '--endpoint', '127.0.0.1:1', '--name', 'payroll');
    expect(moved).toMatchObject({ name: 'payroll', target: '127.0.0.1:1', counters: { open: 1 } });
    expect(await json('set', 'payroll', '--no-name')).toMatchObject({ name: 'sql' });

    const token = `file:${join(folder, 'data', 'admin.token')}`;
    const rolled = await runHybridge(
      ['key', 'regenerate', 'sql', '--rule', 'defaultListener', '--primary', '--yes'],
      { env: { HYBRIDGE_ADMIN_URL: admin!, HYBRIDGE_ADMIN_TOKEN: token } },
    );
    expect(rolled.code).toBe(0);
    await expect.poll(async () => (await json('show', 'sql')).state.name).toBe('refused');
    const old = await verb('update', 'sql', '--connection-string', listen);
    expect([old.code, old.stdout]).toEqual([1, expect.stringContaining('does not accept the token')]);
    await verb('login', admin!, '--token', token);
    expect(await json('update', 'sql', '--new-key')).toMatchObject({ state: { name: 'online' } });
    expect(readFileSync(config, 'utf8')).not.toContain(listen);

    // What does not work does not take the place of what does.
    const wrong = await verb('update', 'sql', '--connection-string', listen);
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining('its changed settings')]);
    expect(await json('show', 'sql')).toMatchObject({ state: { name: 'online' }, counters: { open: 1 } });
    expect((await json('update', 'sql', '--new-key')).replacement).toBeUndefined();
    // The relay names no target, and that is said at once.
    expect(await json('update', 'sql', '--no-endpoint')).toMatchObject({ state: { name: 'refused' } });
    tunnel.destroy();
  });

  it('is given what a file holds that only whoever adds can read, and keeps it for itself', async () => {
    const { listen, folder } = await relayWithSql();
    const { verb, socket, config } = await running();
    // A service runs as a user of its own, and sees no home folder. Here one user does for both: the file appears with the refusal.
    const file = join(folder, 'later.txt');
    const between = createServer((from) => {
      const to = connect(socket);
      to.on('data', (answer) => {
        if (/cannot read the file/i.test(String(answer))) writeFileSync(file, readFileSync(listen.slice(5)));
      });
      from.pipe(to).pipe(from);
      to.on('error', () => from.destroy());
      from.on('error', () => to.destroy());
    });
    onTestFinished(() => void between.close());
    const place = join(folder, 'between.sock');
    between.listen(place);
    await once(between, 'listening');
    const { code, stderr } = await hybridge([
      'manager',
      'add',
      '--connection-string',
      `file:${file}`,
      '--endpoint',
      '127.0.0.1:1',
      '--socket',
      place,
    ]);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`cannot read ${file}: what it holds is in`)]);
    expect(readFileSync(config, 'utf8')).toContain('SharedAccessKey=');
    expect(statSync(config).mode & 0o777).toBe(0o600);
    const nowhere = await verb('add', '--connection-string', 'file:/nowhere/listen.txt');
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('cannot read the file')]);
  });

  it('signs in at a relay, and takes what is chosen there by name', async () => {
    const { relay, folder } = await relayWithSql('--hybrid-connection', 'web=127.0.0.1:1');
    const { admin } = await relay.ready();
    const token = `file:${join(folder, 'data', 'admin.token')}`;
    const { verb, json } = await running();
    const early = await verb('add', 'web');
    expect([early.code, early.stderr]).toEqual([2, expect.stringContaining('nobody is signed in')]);

    const { stdout } = await verb('login', admin!, '--token', token);
    expect(stdout).toMatch(/^web .* 127\.0\.0\.1:1 .* can be added$/m);
    expect(stdout).toMatch(/^sql .* cannot be added: it has no endpoint/m);
    const [web] = await json('add', 'web');
    expect(web).toMatchObject({ name: 'web', target: '127.0.0.1:1', state: { name: 'online' } });
    expect(await json('add', '--all')).toEqual([]);
    for (const [name, code, message] of [
      ['web', 1, 'is there already'],
      ['sql', 1, 'it has no endpoint'],
      ['nope', 3, 'the relay has no hybrid connection nope'],
    ] as const) {
      const refused = await verb('add', name);
      expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(message)]);
    }
    const wrong = privateFile(folder, 'wrong.token', 'a-wrong-token');
    const denied = await verb('login', admin!, '--token', `file:${wrong}`);
    expect([denied.code, denied.stderr.includes('a-wrong-token')]).toEqual([4, false]);
    expect(await json('login', '--forget')).toEqual({ forgotten: 1 });
    expect((await verb('add', 'web')).code).toBe(2);
  });

  it('asks a person which one, and whether to take it away', async () => {
    const { relay, folder } = await relayWithSql(
      ...['--hybrid-connection', 'a=127.0.0.1:1', '--hybrid-connection', 'b=127.0.0.1:1'],
    );
    const { admin } = await relay.ready();
    const { verb, json, socket } = await running();
    await verb('login', admin!, '--token', `file:${join(folder, 'data', 'admin.token')}`);
    const asked = (answer: string, ...args: readonly string[]) =>
      runHybridge(['manager', ...args, '--socket', socket], { answer });

    const none = await asked('9', 'add');
    expect([none.code, none.asked]).toEqual([2, [expect.stringContaining('Which?')]]);
    const both = await asked('1-2', 'add');
    expect(both.code).toBe(0);
    expect(both.stderr).toMatch(/^1 +a .*\n2 +b /m);
    expect((await json('list')).map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    const kept = await asked('n', 'remove', 'a');
    expect([kept.code, kept.stderr]).toEqual([1, 'hybridge: nothing was changed\n']);
    expect(await asked('y', 'remove', 'a')).toMatchObject({
      code: 0,
      asked: [expect.stringContaining('Remove a')],
    });
    expect((await json('list')).map(({ name }: { name: string }) => name)).toEqual(['b']);
  });

  it('walks its way when it is asked to, and says which step fails', async () => {
    const { listen } = await relayWithSql();
    const { verb } = await running();
    await verb('add', '--connection-string', listen, '--endpoint', '127.0.0.1:1');
    const { code, stdout } = await verb('test', 'sql');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok +key .*^FAIL +target-tcp [^\n]*ECONNREFUSED[^\n]*\n +-> /ms);
    const reached = await verb('test', await target(), '--json');
    const steps = reached.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([reached.code, steps.at(-1)]).toMatchObject([0, { name: 'target-tcp', outcome: 'ok' }]);
    expect((await verb('test', 'nope')).code).toBe(3);
  });

  it('shows its log, and follows it', async () => {
    const { listen } = await relayWithSql();
    const { verb, socket, manager, dataDir } = await running();
    const following = new HybridgeProcess(['manager', 'logs', '--follow', '--json', '--socket', socket]);
    await following.line('stdout', /commands such as hybridge manager list reach it/);
    await verb('add', '--connection-string', listen, '--endpoint', '127.0.0.1:1');
    await following.line('stdout', /"message":"online"/);
    const all = following.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).number);
    expect(all).toEqual(all.toSorted((one: number, other: number) => one - other));
    expect(new Set(all).size).toBe(all.length);
    expect((await verb('logs', 'sql', '-n', '1')).stdout).toMatch(/^\S+ info +online connection=.*\/sql\n$/);
    expect((await following.signal('SIGINT')).code).toBe(0);
    const key = /SharedAccessKey=([^;]+)/.exec(readFileSync(listen.slice('file:'.length), 'utf8'))![1]!;
    for (const text of [manager.stderr, following.stdout]) expect(text).not.toContain(key);
    expect(existsSync(join(dataDir, 'manager.key'))).toBe(true);
  });

  it('shows its audit log, of one or all, also of one that is gone', async () => {
    const { listen, send } = await relayWithSql();
    const { verb } = await running('--grace-ms', '0');
    await verb('add', '--connection-string', listen, '--endpoint', await target());
    const { socket: tunnel } = await forwarded(send);
    tunnel.end();
    const records = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await verb('audit', '--json', ...args);
      expect([code, stderr]).toEqual([0, '']);
      return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    };
    await expect
      .poll(async () => (await records()).map(({ operation }) => operation))
      .toEqual(
        expect.arrayContaining(['manager-started', 'configuration-changed', 'tunnel-opened', 'tunnel-ended']),
      );
    const [opened, ended] = await records('sql', '--operation', 'tunnel');
    expect(opened).toMatchObject({ operation: 'tunnel-opened', target: expect.stringMatching(/^127/) });
    expect(ended).toMatchObject({ operation: 'tunnel-ended', id: opened.id, bytesFromTarget: 5 });
    const one = await verb('audit', '--limit', '1', '--operation', 'tunnel');
    expect(one.stdout).toMatch(/^\S+ tunnel-ended connection=\S+\/sql id=\S+ sender=127\S+ target=127.*\n$/);
    expect(one.stderr).toMatch(/^hybridge: there is more: --before \S+\n$/);
    const before = /--before (\S+)/.exec(one.stderr)![1]!;
    expect((await records('--operation', 'tunnel', '--before', before)).at(-1)).toEqual(opened);
    await verb('remove', 'sql', '--yes');
    expect(await records(opened.connection, '--operation', 'tunnel-o')).toEqual([opened]);
    expect((await verb('audit', 'sql')).code).toBe(3);
    expect((await verb('audit', '--limit', '0')).code).toBe(2);
  });

  it('prints the address of its pages, and opens it without showing its token in the list of processes', async () => {
    const { verb, json, folder, manager } = await running('--ui');
    const { url } = await json('ui');
    const { origin, hash } = new URL(url);
    expect(hash).toMatch(/^#token=[\w-]{43}$/);
    const headers = { Authorization: `Bearer ${hash.slice('#token='.length)}` };
    expect((await fetch(`${origin}/api/status`, { headers })).status).toBe(200);
    expect((await fetch(`${origin}/api/status`)).status).toBe(401);
    expect((await fetch(`${origin}/`)).headers.get('content-security-policy')).toContain(
      "default-src 'none'",
    );
    expect(manager.stderr).not.toContain(hash);

    const seen = join(folder, 'seen');
    const browser = join(folder, 'browser');
    writeFileSync(
      browser,
      `#!/usr/bin/env node\nconst fs = require('node:fs');\nconst [, , page] = process.argv;\nfs.writeFileSync(${JSON.stringify(seen)}, page + '\\n' + fs.readFileSync(new URL(page), 'utf8'));\n`,
      { mode: 0o700 },
    );
    const socket = join(folder, 'm', 'manager.sock');
    const opened = await hybridge(['manager', 'ui', '--open', '--socket', socket], { BROWSER: browser });
    expect([opened.code, opened.stdout]).toEqual([0, `${url}\n`]);
    const [argument, ...page] = readFileSync(seen, 'utf8').split('\n');
    expect(argument).not.toContain(hash.slice('#token='.length));
    expect(page.join('\n')).toContain(url);
    expect((await verb('ui')).stdout).toBe(`${url}\n`);
  });

  it('says that its pages are off, and how to turn them on', async () => {
    const { verb, config } = await running();
    const { code, stderr } = await verb('ui');
    expect([code, stderr]).toEqual([1, expect.stringContaining('--ui')]);
    writeFileSync(config, 'ui: true\n', { mode: 0o600 });
    await expect.poll(async () => (await verb('ui')).code, { timeout: 20_000 }).toBe(0);
  });

  it('lets one manager have a socket, and says so to a second one', async () => {
    const { socket, verb } = await running();
    const second = await hybridge(['manager', 'run', '--socket', socket]);
    expect([second.code, second.stderr]).toEqual([
      1,
      expect.stringContaining(`another manager answers at ${socket}`),
    ]);
    expect((await verb('list')).code).toBe(0);
  });

  it('takes the place of one that was killed', async () => {
    const { socket, manager, dataDir, verb } = await running();
    await manager.signal('SIGKILL');
    expect(existsSync(socket)).toBe(true);
    const { code, stderr } = await verb('list');
    expect([code, stderr]).toEqual([1, expect.stringContaining('no manager is running here')]);
    await new HybridgeProcess(['manager', 'run', '--data-dir', dataDir]).ready();
    expect((await verb('list')).code).toBe(0);
  });

  it('that does not run is missed by every verb, which say where they looked and what to do', async () => {
    const folder = temporaryFolder();
    const env = { HYBRIDGE_MANAGER_SOCKET: join(folder, 'm.sock') };
    const verbs = [
      ['list'],
      ['show', 'a'],
      ['status'],
      ['add', '--connection-string', 'file:x'],
      ['update', 'a', '--name', 'b'],
      ['remove', 'a'],
      ['restart', 'a'],
      ['test', 'a'],
      ['logs'],
      ['audit'],
      ['login', '--forget'],
      ['ui'],
    ];
    const ended = await Promise.all(verbs.map((args) => hybridge(['manager', ...args], env)));
    for (const { code, stdout, stderr } of ended) {
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toBe(
        `hybridge: no manager is running here: nobody answers at ${folder}/m.sock; start one with hybridge manager run, or give --socket\n`,
      );
    }
  });

  it('that was given its connection on the command line is shown, and not changed', async () => {
    const { listen } = await relayWithSql();
    const { verb, json } = await running('--connection-string', listen, '--endpoint', '127.0.0.1:1');
    expect(await json('list')).toMatchObject([{ name: 'sql', state: { name: 'online' } }]);
    const { code, stderr } = await verb('remove', 'sql', '--yes');
    expect([code, stderr]).toEqual([1, expect.stringContaining('on the command line')]);
  });

  it('refuses what cannot be used, and keeps its file as it was', async () => {
    const { verb, folder, config } = await running();
    const send = privateFile(folder, 'bad.txt', 'Endpoint=sb://relay.example.net/');
    for (const [args, code, message] of [
      [['--connection-string', `file:${send}`], 2, 'EntityPath is missing'],
      [['--connection-string', 'file:nowhere.txt'], 2, 'cannot read the file'],
      [['--connection-string', 'env:NOT_SET_THERE'], 2, "in the manager's own environment: give file:path"],
      [['--connection-string', `file:${send}`, 'name'], 2, '--connection-string says which one'],
    ] as const) {
      const refused = await verb('add', ...args);
      expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(message)]);
    }
    expect(existsSync(config)).toBe(false);
  });
});
