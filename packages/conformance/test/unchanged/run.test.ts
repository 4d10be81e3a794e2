/** `hybridge run`: what a command is given, and that nothing of it is left afterwards. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { COMMAND, hybridge } from '../../src/command.js';
import { PrivateNetwork, type PrivateService } from '../../src/private-network.js';
import { requireBuild } from '../../src/processes.js';
import { findPython } from '../../src/services/clients.js';
import { hasPrivateNames } from '../../src/services/namespaces.js';
import { freePort } from '../../src/services/server-process.js';

requireBuild();

const TERMINAL = fileURLToPath(new URL('programs/terminal.py', import.meta.url));
const terminal = findPython();
const NAME = 'greeting.corp.example';
const target = createServer((socket) => socket.on('error', () => undefined).end('hello\n'));
let network: PrivateNetwork;
let service: PrivateService;
let config: string;

beforeAll(async () => {
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const address = `127.0.0.1:${(target.address() as { port: number }).port}`;
  service = { name: 'greeting', endpoint: `${NAME}:${await freePort()}`, address };
  network = await PrivateNetwork.open([service]);
  config = network.write('app.json', network.settings([service]));
});
afterAll(async () => {
  await network?.close();
  target.close();
});

const run = (args: readonly string[], options = {}) =>
  hybridge(['run', '--config', config, ...args], options);
const port = () => service.endpoint.split(':')[1]!;
/** Connects to an endpoint with nothing but the system's resolver, and says what it hears. */
const GREETED = `exec 3<>/dev/tcp/$0/$1 && cat <&3`;
const bash = (host = NAME) => ['--', 'bash', '-c', GREETED, host, port()];

describe('a command', () => {
  it.each([
    [['sh', '-c', 'exit 7'], 7],
    [['true'], 0],
    [['sh', '-c', 'kill -TERM $$'], 128 + 15],
    [['no-such-command-anywhere'], 127],
  ])('ends as it ends: %j', async (command, code) => {
    expect((await run(['--', ...command])).code).toBe(code);
  });

  it('has its input, output and arguments', async () => {
    const { stdout } = await run(
      ['--log-level', 'silent', '--', 'sh', '-c', 'cat; printf "<%s>" "$@"', 'sh', 'a b', '--', '-x', ''],
      {
        input: 'typed\n',
      },
    );
    expect(stdout).toBe('typed\n<a b><--><-x><>');
  });

  it.each(['TERM', 'HUP', 'USR1', 'USR2'])('gets SIG%s when we get it, and we its end', async (signal) => {
    const script = `trap "echo stopping; exit 5" ${signal}; echo ready; while :; do sleep 0.05; done`;
    const child = spawn(process.execPath, [COMMAND, 'run', '--config', config, '--', 'bash', '-c', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
      if (said === 'ready\n') child.kill(`SIG${signal}` as NodeJS.Signals);
    });
    const [code] = await once(child, 'exit');
    expect({ code, said }).toEqual({ code: 5, said: 'ready\nstopping\n' });
  });

  it.skipIf(terminal.missing)('has our terminal, and Ctrl-C once', async () => {
    const script =
      'trap "echo interrupted" INT; tty; echo ready; for i in 1 2 3 4 5 6 7 8; do sleep 0.1; done; exit 6';
    const { status, stdout } = spawnSync(
      terminal.programs!.python3,
      [TERMINAL, process.execPath, COMMAND, 'run', '--config', config, '--', 'bash', '-c', script],
      { encoding: 'utf8' },
    );
    expect(status).toBe(6);
    expect(stdout).toMatch(/^\/dev\/pts\/\d+\r$/m);
    expect(stdout.match(/interrupted\r/g)).toHaveLength(1);
  });

  it('is not started without a configuration, which is wrong usage', async () => {
    const { code, stderr } = await hybridge(['run', '--', 'true']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^hybridge: there is no configuration: give --config .* HYBRIDGE_CONFIG/);
  });

  it('has the redirection for Node before its own options', async () => {
    const { stdout } = await run(['--', 'sh', '-c', 'echo "$NODE_OPTIONS"; echo "$HYBRIDGE_CONFIG"'], {
      env: { NODE_OPTIONS: '--stack-trace-limit=5' },
    });
    expect(stdout).toMatch(/^--import=file:\S+\/register\.js#inherited --stack-trace-limit=5\n\//);
    const without = await run(['--no-node', '--', 'sh', '-c', 'echo "<$NODE_OPTIONS>"'], {
      env: { NODE_OPTIONS: '' },
    });
    expect(without.stdout).toBe('<>\n');
  });
});

describe.skipIf(!hasPrivateNames)('private names', () => {
  it('are found by the command, and by nobody else', async () => {
    const hosts = readFileSync('/etc/hosts', 'utf8');
    const folder = mkdtempSync(join(network.folder, 'tmp-'));
    const { code, stdout, stderr } = await run(bash(), { env: { TMPDIR: folder } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello\n' });
    expect(stderr).toMatch(new RegExp(`the command finds ${service.endpoint} in a hosts file of its own`));
    expect(spawnSync('getent', ['hosts', NAME]).status).not.toBe(0);
    expect(readFileSync('/etc/hosts', 'utf8')).toBe(hosts);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('cost the command none of its environment', async () => {
    // Which no shell could have as variables.
    const env = {
      'spring.datasource.url': 'jdbc:x',
      'x-y': ' two  words ',
      'BASH_FUNC_say%%': '() { echo; }',
    };
    const show = 'console.log(JSON.stringify(process.env))';
    const { stdout } = await run(['--', process.execPath, '-e', show], { env });
    expect(JSON.parse(stdout)).toMatchObject(env);
  });

  it('are those of several commands at a time, each by itself', async () => {
    const all = await Promise.all([run(bash()), run(bash()), run(bash())]);
    expect(all.map(({ stdout }) => stdout)).toEqual(['hello\n', 'hello\n', 'hello\n']);
  });

  it('change while the command runs, when the configuration does', async () => {
    const own = network.write('changing.json', network.settings([service]));
    const later = { ...service, endpoint: `later.corp.example:${port()}` };
    const script = `echo started; until getent hosts $0; do sleep 0.05; done; ${GREETED}`;
    const args = ['run', '--config', own, '--', 'bash', '-c', script, 'later.corp.example', port()];
    const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect(String(await once(child.stdout, 'data'))).toBe('started\n');
    const said = text(child.stdout);
    writeFileSync(own, JSON.stringify(network.settings([later])));
    expect(await said).toMatch(/later\.corp\.example\nhello\n$/);
  });

  it('are not left behind when we are killed, and the command is left alone', async () => {
    const folder = mkdtempSync(join(network.folder, 'tmp-'));
    const script = 'echo $$; exec sleep 60';
    const child = spawn(process.execPath, [COMMAND, 'run', '--config', config, '--', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TMPDIR: folder },
    });
    const pid = Number((await once(child.stdout, 'data'))[0]);
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(process.kill(pid, 0)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(!mayBecomeNobody())('are those of a user without rights, who stays that user', async () => {
    const account = { uid: 65_534, gid: 65_534 };
    chownSync(network.folder, account.uid, account.gid);
    const own = network.write('nobody.json', network.settings([service]));
    chownSync(own, account.uid, account.gid);
    const { stdout, stderr } = await hybridge(
      ['run', '--config', own, '--', 'bash', '-c', `id -u; ${GREETED}`, NAME, port()],
      { account },
    );
    expect(stdout, stderr).toBe('65534\nhello\n');
  });

  it('are not those of IP addresses, which Node programs alone reach', async () => {
    const endpoint = `10.9.8.7:${port()}`;
    const own = network.write('address.json', network.settings([{ ...service, endpoint }]));
    const script = `require('net').connect(${port()}, '10.9.8.7').pipe(process.stdout)`;
    const { stdout, stderr } = await hybridge(['run', '--config', own, '--', process.execPath, '-e', script]);
    expect(stdout).toBe('hello\n');
    expect(stderr).toMatch(/warn .*only Node programs reach 10\.9\.8\.7:\d+: an IP address is not looked up/);
  });

  it('that are not to be had are said to be missing', async () => {
    // Without the programs that make a namespace.
    const folder = network.folder;
    for (const name of ['sh', 'true']) {
      spawnSync('ln', [
        '-sf',
        execFileSync('which', [name], { encoding: 'utf8' }).trim(),
        `${folder}/${name}`,
      ]);
    }
    const { code, stderr } = await run(['--', 'true'], { env: { PATH: folder } });
    expect(code).toBe(0);
    expect(stderr).toMatch(/warn .*only Node programs reach greeting\.corp\.example:\d+: .*--hosts/);
  });
});

/** Whether user namespaces are allowed, and the command can be read, as somebody without rights. */
function mayBecomeNobody(): boolean {
  if (process.getuid?.() !== 0) return false;
  const account = { uid: 65_534, gid: 65_534 };
  const reads = spawnSync(process.execPath, [COMMAND, '--version'], account).status === 0;
  return reads && spawnSync('unshare', ['-r', '-m', 'true'], account).status === 0;
}
