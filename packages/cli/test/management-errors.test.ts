/**
 * What a command of management says and ends with when it cannot do what it was told.
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { managedRelay, nobody, runHybridge, stranger } from './managed-relay.js';

/** Nobody is asked there: what is tried out ends before. */
const NOBODY = 'http://127.0.0.1:8081';
const TOKEN = 'a-token-of-nobody';

/** One of each, with what it needs. */
const COMMANDS = [
  ['status'],
  ['namespace', 'list'],
  ['namespace', 'create', 'a.example'],
  ['connection', 'list'],
  ['connection', 'string', 'sql'],
  ['rule', 'list'],
  ['rule', 'create', 'r', '--rights', 'Send'],
  ['key', 'list'],
  ['key', 'sync', 'sql'],
  ['key', 'use', 'sql'],
  ['app', 'list'],
  ['plan', 'create', 'farm'],
  ['token', 'list'],
  ['tunnels'],
  ['audit'],
  ['audit', '--follow'],
];

/** Those that delete, cut or replace. */
const DESTRUCTIVE = [
  ['namespace', 'delete', 'localhost'],
  ['connection', 'delete', 'sql'],
  ['rule', 'delete', 'defaultSender', '--connection', 'sql'],
  ['key', 'regenerate', 'sql', '--rule', 'defaultSender', '--primary'],
  ['key', 'revoke', 'sql', '--rule', 'defaultSender', '--secondary'],
  ['app', 'delete', 'shop'],
  ['app', 'detach', 'shop', 'sql'],
  ['plan', 'delete', 'field'],
  ['tunnels', 'cut', 'any'],
];

afterEach(() => vi.unstubAllEnvs());

describe('a relay that does not run', () => {
  it.each(COMMANDS.map((args) => ({ args })))(
    '$args: says where it looked, and what to look at',
    async ({ args }) => {
      const env = { HYBRIDGE_ADMIN_TOKEN: TOKEN, HYBRIDGE_ADMIN_URL: await nobody() };
      const { code, stdout, stderr } = await runHybridge(args, { env });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^hybridge: cannot reach the relay's admin port http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\): is the relay running\? .*\n$/,
      );
    },
  );
});

describe('a token', () => {
  it.each(COMMANDS.map((args) => ({ args })))('that is wrong ends with 4: $args', async ({ args }) => {
    const relay = await managedRelay();
    const { code, stdout, stderr } = await relay.hybridge(args, { env: { HYBRIDGE_ADMIN_TOKEN: TOKEN } });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^hybridge: the relay does not take the token: .* give --token file:path\n$/);
    expect(stderr).not.toContain(TOKEN);
  });

  it('is taken from a file, a variable that is named, or the folder that a relay makes', async () => {
    const relay = await managedRelay();
    const env = { HYBRIDGE_ADMIN_URL: relay.admin };
    const file = join(relay.dataDir, 'admin.token');
    expect(await runHybridge(['status', '--token', `file:${file}`], { env })).toMatchObject({
      code: 0,
      stderr: '',
    });
    const named = { ...env, MINE: relay.token };
    expect(await runHybridge(['status', '--token', 'env:MINE'], { env: named })).toMatchObject({
      code: 0,
      stderr: '',
    });
    const folder = mkdtempSync(join(tmpdir(), 'hybridge-cli-'));
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'admin.token'), `${relay.token}\n`, { mode: 0o600 });
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
    onTestFinished(() => {
      cwd.mockRestore();
      rmSync(folder, { recursive: true });
    });
    expect(await runHybridge(['status'], { env })).toMatchObject({ code: 0, stderr: '' });
  });

  it('on the command line is warned of', async () => {
    const relay = await managedRelay();
    const { code, stderr } = await relay.hybridge(['status', '--token', relay.token]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^hybridge: warning: a token on the command line is visible .*\n$/);
    expect(stderr).not.toContain(relay.token);
  });

  it('must be given', async () => {
    const { code, stderr } = await runHybridge(['status'], { env: { HYBRIDGE_ADMIN_URL: NOBODY } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('HYBRIDGE_ADMIN_TOKEN') });
  });

  it.each(['two words', 'line\nbreak', 'ключ'])('cannot be %j', async (token) => {
    const env = { HYBRIDGE_ADMIN_URL: NOBODY, T: token };
    const { code, stderr } = await runHybridge(['status', '--token', 'env:T'], { env });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'hybridge: the token has characters that no token has\n',
    });
  });
});

describe('an address', () => {
  it.each(['127.0.0.1:8081', 'ftp://a', 'http://user:secret@a', 'http://a/?b', ''.padEnd(3)])(
    'cannot be %j',
    async (relay) => {
      const { code, stderr } = await runHybridge(['status', '--relay', relay, '--token', 'env:T'], {
        env: { T: TOKEN },
      });
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringMatching(/^hybridge: --relay: .*\n$/),
      });
      expect(stderr).not.toContain('secret');
    },
  );

  it.each([
    [200, '<html>', {}, 'does not answer as a relay'],
    [502, 'Bad Gateway', {}, 'answers with 502, and not as a relay'],
    [301, '', { location: 'https://ops.example.net/' }, 'sends to https://ops.example.net/'],
    [500, '{"error":{"code":"X","message":"No\\u001b[2J."}}', {}, 'No [2J.'],
  ])('that answers with %i and %j is told of', async (status, text, headers, message) => {
    const env = { HYBRIDGE_ADMIN_URL: await stranger(status, text, headers), HYBRIDGE_ADMIN_TOKEN: TOKEN };
    const { code, stdout, stderr } = await runHybridge(['status'], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what this is about
    expect(stderr).toMatch(/^hybridge: [^\x00-\x1f]+\n$/);
  });
});

describe('what deletes, cuts or replaces', () => {
  const ready = async () => {
    const relay = await managedRelay();
    await relay.json('connection', 'create', 'sql', '--endpoint', 'a:1');
    for (const plan of ['farm', 'field']) await relay.json('plan', 'create', plan);
    await relay.json('app', 'create', 'shop', '--plan', 'farm');
    await relay.json('app', 'attach', 'shop', 'sql');
    return relay;
  };

  it.each(DESTRUCTIVE.map((args) => ({ args })))(
    'is not done where nobody can be asked: $args',
    async ({ args }) => {
      const relay = await ready();
      const before = relay.relay.managed.model;
      const { code, stdout, stderr } = await relay.hybridge(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^hybridge: .*\? ?.*Give --yes to say so: there is nobody to ask\n$/);
      expect(relay.relay.managed.model).toBe(before);
    },
  );

  it.each(DESTRUCTIVE.map((args) => ({ args })))('is not done without a yes: $args', async ({ args }) => {
    const relay = await ready();
    const before = relay.relay.managed.model;
    const { code, stderr, asked } = await relay.hybridge(args, { answer: '' });
    expect({ code, stderr, questions: asked.length }).toEqual({
      code: 1,
      stderr: 'hybridge: nothing was changed\n',
      questions: 1,
    });
    expect(relay.relay.managed.model).toBe(before);
  });

  it('is done with one', async () => {
    const relay = await ready();
    const { code, stdout } = await relay.hybridge(['app', 'delete', 'shop'], { answer: 'yes' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'deleted shop\n' });
  });
});

describe('what is not there, or there already', () => {
  it.each([
    [['namespace', 'show', 'x'], 3, 'no namespace named x'],
    [['connection', 'show', 'x'], 3, 'no hybrid connection in the namespace localhost named x'],
    [['connection', 'list', '--namespace', 'x'], 3, 'no namespace named x'],
    [['connection', 'string', 'sql', '--rule', 'x'], 3, 'policy x'],
    [['rule', 'update', 'x', '--rights', 'Send'], 3, 'no policy named x of localhost'],
    [['key', 'list', 'sql', '--rule', 'x'], 3, 'policy x'],
    [['key', 'use', 'x'], 3, 'named x'],
    [['key', 'sync', 'sql', '--app', 'x'], 3, 'app x'],
    [['app', 'create', 'a', '--plan', 'x'], 3, 'no application plan named x'],
    [['app', 'attach', 'x', 'sql'], 3, 'no app named x'],
    [['plan', 'show', 'x'], 3, 'no application plan named x'],
    [['token', 'revoke', 'x', '--yes'], 3, 'no token with the id x'],
    [['tunnels', 'cut', 'x', '--yes'], 3, 'joined connection'],
    [['connection', 'create', 'SQL'], 1, 'there is a hybrid connection named SQL already: update changes it'],
    [['connection', 'create', '..'], 2, 'nothing can have the name ..'],
    [['connection', 'create', 'a b/../c'], 2, 'name'],
    [['connection', 'create', 'b', '--endpoint', 'nowhere'], 2, 'It is not host:port'],
    [['connection', 'create', 'b', '--endpoint', 'a:70000'], 2, 'It is not host:port'],
    [['connection', 'create', 'b', '--endpoint', 'a:1', '--user-metadata', 'c'], 2, 'cannot be used with'],
    [['rule', 'create', 'r', '--rights', 'Fly'], 2, 'Rights are Listen, Send and Manage'],
    [['rule', 'create', 'r'], 2, '--rights'],
    [['key', 'regenerate', 'sql', '--rule', 'defaultSender', '--yes'], 2, 'give --primary or --secondary'],
    [['key', 'revoke', 'sql', '--rule', 'r', '--primary', '--secondary'], 2, 'cannot be used with'],
    [['namespace', 'create', 'b.example', '--tag', 'x'], 2, 'It is not name=value'],
    [['plan', 'create', 'p', '--tier', 'Free'], 2, 'Allowed choices are Basic, Standard, Premium, Isolated'],
    [['token', 'create', 't', '--role', 'king'], 2, 'Allowed choices are reader, operator, owner'],
    [['token', 'create', 't', '--role', 'reader', '--expires', 'soon'], 2, 'neither a time in ISO 8601'],
    [['token', 'create', 't', '--role', 'reader', '--expires', '2020-01-01'], 2, 'over already'],
    [['audit', '--from', 'yesterday'], 2, 'ISO 8601'],
    [['audit', '--follow', '--to', '2026-01-01'], 2, 'cannot be used with'],
    [['connection', 'forget'], 2, "unknown command 'forget'"],
    [['connection', 'list', '--yes'], 2, "unknown option '--yes'"],
  ])('%j ends with %i, and says why in a line', async (args, exit, message) => {
    const relay = await managedRelay();
    await relay.json('connection', 'create', 'sql');
    const { code, stdout, stderr } = await relay.hybridge(args);
    expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: exit, stdout: '', lines: 2 });
    expect(stderr).toMatch(/^hybridge: ./);
    expect(stderr).toContain(message);
  });
});

describe('a limit that is reached', () => {
  it('is a failure, and nobody is told that a token is not good enough', async () => {
    const relay = await managedRelay();
    await relay.json('plan', 'create', 'farm', '--tier', 'Basic');
    await relay.json('app', 'create', 'shop', '--plan', 'farm');
    for (let n = 0; n < 5; n += 1) {
      await relay.json('connection', 'create', `hc${n}`, '--endpoint', `a:${n + 1}`);
      await relay.json('app', 'attach', 'shop', `hc${n}`);
    }
    await relay.json('connection', 'create', 'hc5', '--endpoint', 'a:6');
    const { code, stderr } = await relay.hybridge(['app', 'attach', 'shop', 'hc5']);
    expect(code).toBe(1);
    expect(stderr).not.toContain('token');
    expect(stderr).toContain('5');
  });
});

describe('the address behind a proxy', () => {
  it('may have a path of its own, and pages are asked for there', async () => {
    const relay = await managedRelay({ admin: { port: 0, publicUrl: 'https://ops.example.net/hybridge' } });
    const { stdout } = await relay.hybridge(['rule', 'list', '--json']);
    expect(JSON.parse(stdout)).toHaveLength(1);
  });
});
