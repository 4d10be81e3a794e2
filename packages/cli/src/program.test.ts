import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from './program.js';
import { SUBCOMMANDS } from './subcommands.js';

const KEY = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=';
const CONNECTION_STRING = `Endpoint=ws://127.0.0.1:1/;SharedAccessKeyName=a;SharedAccessKey=${KEY};EntityPath=sql`;

describe('the command line', () => {
  it.each([[], ...SUBCOMMANDS.map(({ name }) => [name])].map((command) => [command]))(
    'explains %j with examples',
    async (command) => {
      const { code, stdout, stderr } = await hybridge([...command, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: hybridge/);
      expect(stdout).toContain('Examples:\n  $ hybridge ');
    },
  );

  it('without a command prints its help on standard error, and fails', async () => {
    const { code, stdout, stderr } = await hybridge([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: hybridge');
  });

  it.each([
    [['raly'], "unknown command 'raly' (Did you mean one of relay, rule?); see hybridge --help"],
    [
      ['relay', '--prot', '1'],
      "unknown option '--prot' (Did you mean --port?); see hybridge relay run --help",
    ],
    [['hosts', `--connection-string=${CONNECTION_STRING}`], "unknown option '--connection-string'"],
    [
      ['manager', 'lst', '--nam', 'x'],
      "unknown command 'lst' of hybridge manager; see hybridge manager --help",
    ],
    [['manager', 'lst'], "unknown command 'lst' of hybridge manager; see hybridge manager --help"],
    [
      ['manager', 'add', '--al'],
      "unknown option '--al' (Did you mean --all?); see hybridge manager add --help",
    ],
    [['run'], "missing required argument 'command'; see hybridge run --help"],
    [['relay', '--port', '70000'], 'It is not a port'],
    [['relay', '--hybrid-connection', 'sql=nowhere'], 'Its target is not host:port'],
    [['relay', '--config', '/nowhere/relay.yaml'], '/nowhere/relay.yaml'],
    [['manager', '--proxy', 'http://proxy.example:3128'], 'are for --connection-string'],
    [['manager', '--endpoint', 'a:1'], 'give --connection-string or set HYBRIDGE_CONNECTION_STRING'],
    [['manager', '--config', 'x', '--endpoint', 'a:1'], '--config stands alone'],
    [['manager', '--config', '/nowhere/manager.yaml'], '/nowhere/manager.yaml: cannot be read (ENOENT)'],
    [['manager', '--connection-string', CONNECTION_STRING, '--endpoint', 'a'], '"a" is not host:port'],
    [['forward', '--listen', '0'], 'give --connection-string or set HYBRIDGE_CONNECTION_STRING'],
    [['forward', '--connection-string', CONNECTION_STRING], "required option '--listen"],
    [['forward', '--connection-string', KEY, '--listen', '0'], 'The connection string cannot be used'],
    [
      ['forward', '--connection-string', CONNECTION_STRING, '--listen', '0', '--ca', '/no'],
      'ca: cannot read /no',
    ],
    [
      [
        'forward',
        '--connection-string',
        CONNECTION_STRING,
        '--listen',
        '0',
        '--proxy',
        `socks5://a:${KEY}@b`,
      ],
      'proxy: The proxy is a socks5:// address',
    ],
    [['manager', '--config', 'x', '--no-proxy'], '--config stands alone'],
    [
      [
        ...['manager', '--connection-string', CONNECTION_STRING, '--endpoint', 'a:1'],
        ...['--proxy', `http://a:#${KEY}@b`],
      ],
      'proxy: The proxy is not a URL',
    ],
    [
      ['forward', '--connection-string', CONNECTION_STRING, '--listen', '0', '--log-level', 'loud'],
      'Allowed choices',
    ],
    [['connection-string'], "missing required argument 'name'"],
    [['connection-string', 'sql', '--config', '/nowhere/relay.yaml'], '/nowhere/relay.yaml'],
  ])('%j is wrong usage: exit code 2, and one line that says why', async (args, message) => {
    const { code, stdout, stderr } = await hybridge(args);
    const lines = stderr.split('\n').filter((line) => !line.includes(' warn '));
    expect({ code, stdout, lines: lines.length }).toEqual({ code: 2, stdout: '', lines: 2 });
    expect(lines[0]).toMatch(/^hybridge: /);
    expect(lines[0]).toContain(message);
    expect(stderr).not.toContain(KEY);
  });

  it.each([
    ['connections: [', 'is not YAML at line 1'],
    ['connections: []\npolicy: {}', 'policy is no setting'],
    ['connections: []\nui: { port: -1 }', 'ui.port: Too small'],
    [
      `connections: [{ connectionString: "${CONNECTION_STRING}", endpoint: a }]`,
      'connections[0].endpoint: "a" is not host:port',
    ],
  ])('a manager.yaml that reads %j is wrong too', async (text, message) => {
    const config = fileOf('manager.yaml', text);
    const { code, stderr } = await hybridge(['manager', '--config', config]);
    expect(code).toBe(2);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(stderr).toContain(`${config}: ${message}`);
    expect(stderr).not.toContain(KEY);
  });
});

async function hybridge(args: readonly string[]) {
  const said = { stdout: '', stderr: '' };
  const code = await run(args, {
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
    env: {},
    interrupts: () => {
      throw new Error('It runs, although it should not');
    },
  });
  return { code, ...said };
}

function fileOf(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
