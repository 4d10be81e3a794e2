/**
 * Unchanged applications in processes of their own, with `--import @hybridge/redirect/register` before them.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  findMariadb,
  requireBuild,
  type Service,
  startMariadb,
  startPglite,
  TargetServer,
  Tunnel,
  within,
} from '../src/index.js';
import { findRedis, startRedis } from '../src/services/redis.js';

requireBuild();

const NAME = 'sql01.corp.example';
const PORT = 1433;
const PATIENCE_MS = 60_000;
const FOLDER = fileURLToPath(new URL('..', import.meta.url));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program until it ends by itself. */
async function run(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  const child = spawn(process.execPath, args, {
    cwd: FOLDER,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const both = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const [out, err, [code]] = await within(both, PATIENCE_MS, `${args.join(' ')} to end by itself`);
  return { code: code as number | null, out: out.trim(), err: err.trim() };
}

const REGISTER = ['--import', '@hybridge/redirect/register'];

describe('an application that is started with --import @hybridge/redirect/register', () => {
  let target: TargetServer;
  let tunnel: Tunnel;
  beforeAll(async () => {
    target = await TargetServer.start();
    tunnel = await Tunnel.open(target);
  });
  afterAll(async () => {
    target?.stop();
    await tunnel?.close();
  });
  beforeEach(() => {
    target.serve = (socket) => socket.pipe(socket);
  });
  afterEach(() => tunnel.idle());

  const connections = (endpoint = `${NAME}:${PORT}`) => ({
    HYBRIDGE_CONNECTIONS: `${tunnel.connectionString}=>${endpoint}`,
  });
  const ECHOED = { code: 0, out: JSON.stringify({ text: 'hello', isSame: true }), err: '' };

  it.each([
    ['an ES module', 'redirected.mjs', 'main'],
    ['a CommonJS module', 'redirected.cjs', 'main'],
    ['a worker thread', 'redirected.mjs', 'worker'],
    ['a child process', 'redirected.mjs', 'child'],
    ['a fork in another folder', 'redirected.mjs', 'fork'],
  ])('reaches the private name unchanged: %s', async (_, program, role) => {
    const args = [...REGISTER, `test/programs/${program}`, NAME, `${PORT}`, role];
    expect(await run(args, connections())).toEqual(ECHOED);
  });

  it('reaches an IP address', async () => {
    const args = [...REGISTER, 'test/programs/redirected.mjs', '10.99.0.7', `${PORT}`, 'main'];
    expect(await run(args, connections(`10.99.0.7:${PORT}`))).toEqual(ECHOED);
  });

  /** A folder of its own for a test. */
  const temporary = () => {
    const folder = mkdtempSync(join(tmpdir(), 'hybridge-redirect-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return folder;
  };

  it('may name files, which a child in another folder still finds', async () => {
    const path = join(temporary(), 'sql.txt');
    writeFileSync(path, tunnel.connectionString, { mode: 0o600 });
    const args = [...REGISTER, 'test/programs/redirected.mjs', NAME, `${PORT}`, 'child'];
    const env = { HYBRIDGE_CONNECTIONS: `file:${relative(FOLDER, path)} => ${NAME}:${PORT}` };
    expect(await run(args, env)).toEqual(ECHOED);
  });

  it.each([
    ['a thread', "new (require('node:worker_threads').Worker)(program, { env: {} })"],
    ['a fork', "require('node:child_process').fork(program, { env: {} })"],
    [
      'a child',
      "require('node:child_process').spawn(process.execPath, [program], { env: { NODE_OPTIONS }, stdio: 'inherit' })",
    ],
  ])('leaves alone what it gives another environment: %s', async (_, start) => {
    const program = join(temporary(), 'begun.cjs');
    writeFileSync(program, "console.log(process.env.HYBRIDGE_CONNECTIONS ?? 'begun')");
    const starts = `const program = ${JSON.stringify(program)}; const { NODE_OPTIONS } = process.env; ${start}`;
    expect(await run([...REGISTER, '-e', starts], connections())).toEqual({ code: 0, out: 'begun', err: '' });
  });

  it('may have a configuration file, whose path a child in another folder still finds', async () => {
    const folder = temporary();
    writeFileSync(join(folder, 'sql.txt'), tunnel.connectionString, { mode: 0o600 });
    const path = join(folder, 'redirect.yaml');
    writeFileSync(path, `connections:\n  - connectionString: file:sql.txt\n    endpoint: ${NAME}:${PORT}\n`);
    const args = [...REGISTER, 'test/programs/redirected.mjs', NAME, `${PORT}`, 'child'];
    expect(await run(args, { HYBRIDGE_CONFIG: path })).toEqual(ECHOED);
  });

  it.each(['worker', 'child', 'fork'])('may be told by NODE_OPTIONS alone: %s', async (role) => {
    const args = ['test/programs/redirected.mjs', NAME, `${PORT}`, role];
    expect(await run(args, { ...connections(), NODE_OPTIONS: REGISTER.join('=') })).toEqual(ECHOED);
  });

  it.each<[string, Record<string, string>, string]>([
    ['there is no configuration', {}, 'hybridge: there is no configuration: set HYBRIDGE_CONFIG'],
    [
      'its file is not there',
      { HYBRIDGE_CONFIG: 'none.yaml' },
      'hybridge: none.yaml: cannot be read (ENOENT)',
    ],
    [
      'it is wrong',
      { HYBRIDGE_CONNECTIONS: 'nonsense' },
      'hybridge: HYBRIDGE_CONNECTIONS: connections[0].connectionString',
    ],
  ])('does not begin when %s', async (_, env, message) => {
    const ran = await run([...REGISTER, 'test/programs/redirected.mjs', NAME, `${PORT}`, 'main'], env);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(message);
    expect(ran.err.split('\n')).toHaveLength(1);
  });

  it('begins, with a warning, when a relay does not answer', async () => {
    const away = tunnel.connectionString.replace(/Endpoint=[^;]*/, 'Endpoint=ws://127.0.0.1:1/');
    const args = [...REGISTER, '-e', 'console.log("begun")'];
    const ran = await run(args, { HYBRIDGE_CONNECTIONS: away });
    expect(ran).toMatchObject({ code: 0, out: 'begun' });
    expect(ran.err).toContain('hybrid connection db of 127.0.0.1:1: The relay 127.0.0.1:1 cannot be reached');
  });

  it('ends by itself while a connection is kept that does not keep it', async () => {
    target.serve = (socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')).resume();
    };
    const url = `http://${NAME}:${PORT}/`;
    const program = `
      const socket = (await import('node:net')).connect(${PORT}, '${NAME}', () => socket.unref());
      console.log(await (await fetch('${url}')).text());`;
    const ran = await run([...REGISTER, '--input-type=module', '-e', program], connections());
    expect(ran).toEqual({ code: 0, out: 'ok', err: '' });
  });

  it('reaches it from the workers of a cluster', async () => {
    const program = `
      const cluster = require('node:cluster');
      if (cluster.isPrimary) for (let i = 0; i < 2; i += 1) cluster.fork();
      else require('node:net').connect(${PORT}, '${NAME}', function () {
        this.end('hello').on('data', (text) => console.log(String(text))).on('close', () => process.exit());
      });`;
    const path = join(temporary(), 'cluster.cjs');
    writeFileSync(path, program);
    const ran = await run([...REGISTER, path], connections());
    expect(ran).toEqual({ code: 0, out: 'hello\nhello', err: '' });
  });

  it('ends by itself with what it wrote on its way', async () => {
    const arrived = new Promise<string>((resolve) => {
      target.serve = (socket) => void text(socket).then(resolve);
    });
    // It does not wait for the far end, which never ends.
    const program = `require('net').connect(${PORT}, '${NAME}', function () {
      this.write('x'.repeat(1_000_000), () => this.destroy());
    });`;
    expect(await run([...REGISTER, '-e', program], connections())).toEqual({ code: 0, out: '', err: '' });
    expect((await arrived).length).toBe(1_000_000);
    target.cut();
  });
});

const mariadb = findMariadb();
const redis = findRedis();

/** A server, and how an application of its own network would reach it. */
interface Reached {
  readonly host: string;
  readonly port: number;
  readonly account: object;
  readonly ca: string | undefined;
  /** The private name. */
  readonly name: string;
  stop(): Promise<void>;
}

async function database(starting: Promise<Service>): Promise<Reached> {
  const service = await starting;
  const { host, port, user, password, database, ca, servername: name = NAME } = service;
  return { host, port, account: { user, password, database }, ca, name, stop: () => service.stop() };
}

async function cache(starting: ReturnType<typeof startRedis>): Promise<Reached> {
  const service = await starting;
  const { host, tlsPort: port, password, ca, servername: name } = service;
  return { host, port, account: { password }, ca, name, stop: () => service.stop() };
}

describe.each([
  {
    ...{ name: 'PGlite', drivers: ['pg', 'postgres'], missing: undefined },
    start: () => database(startPglite()),
  },
  {
    ...{ name: 'MariaDB, TLS verified by its private name', drivers: ['mysql2', 'mariadb'] },
    missing: mariadb.missing,
    start: () => database(startMariadb(mariadb.programs!)),
  },
  {
    ...{ name: 'Redis, TLS verified by its private name', drivers: ['ioredis'], missing: redis.missing },
    start: () => cache(startRedis(redis.programs!)),
  },
])('$name', ({ drivers, missing, start }) => {
  describe.skipIf(missing)('by its private name, from an application that is unchanged', () => {
    let service: Reached;
    let tunnel: Tunnel;
    beforeAll(async () => {
      service = await start();
      tunnel = await Tunnel.open(service);
    });
    afterAll(async () => {
      await tunnel?.close();
      await service?.stop();
    });

    it.each(drivers)('is asked by %s', async (driver) => {
      const { name: host, account, ca } = service;
      const given = JSON.stringify({ driver, host, port: 15_432, ...account, ca });
      const args = [...REGISTER, 'test/programs/redirected-driver.mjs', given];
      const ran = await run(args, { HYBRIDGE_CONNECTIONS: `${tunnel.connectionString}=>${host}:15432` });
      expect(ran).toEqual({ code: 0, out: '[1,2,3]', err: '' });
    });
  });
});
