import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder as folder } from '../../test/hybridge-process.js';
import { filesIn, HOME, isRequired, onPath, THERE, verbs } from '../../test/installing.js';
import { unitWord } from '../installation/systemd.js';
import { installCommand, uninstallCommand } from './install-command.js';

const KEY = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=';
const CONFIG = `connections: [{ connectionString: 'Endpoint=sb://r/;SharedAccessKeyName=a;SharedAccessKey=${KEY};EntityPath=sql' }]\n`;
const UNIT = 'etc/systemd/system/hybridge-manager.service';
const STATE = 'var/lib/hybridge-manager';

const run = verbs(installCommand, uninstallCommand);

describe('hybridge manager install', () => {
  it('writes a unit and a configuration that is nobody else’s to read, and says what it wrote', async () => {
    const root = folder();
    const { exitCode, said } = await run(['install', '--root', root]);
    expect(exitCode).toBe(0);
    expect(filesIn(root)).toEqual([UNIT, `${STATE}/manager.yaml`]);
    expect(statSync(join(root, STATE)).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, STATE, 'manager.yaml')).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, UNIT)).mode & 0o777).toBe(0o644);
    for (const file of filesIn(root)) expect(said).toContain(`wrote ${join(root, file)}`);
    expect(said).toMatch(/not run, .*\n {2}systemctl daemon-reload\n {2}systemctl enable hybridge-manager\n/);
  });

  it('writes the unit that the documentation shows', async () => {
    const root = folder();
    await run(['install', '--root', root]);
    const shown = new URL('../../../../docs/deploy/hybridge-manager.service', import.meta.url);
    expect(readFileSync(join(root, UNIT), 'utf8')).toBe(readFileSync(shown, 'utf8'));
  });

  it('changes nothing when it is done twice, and the unit when it is asked for another', async () => {
    const root = folder();
    await run(['install', '--root', root]);
    const config = join(root, STATE, 'manager.yaml');
    writeFileSync(config, CONFIG);
    const { said } = await run(['install', '--root', root]);
    expect(said).toContain(`unchanged ${join(root, UNIT)}`);
    expect(said).toContain(`kept ${config}`);
    expect(said).not.toContain('wrote');
    // What runs goes on.
    expect(said).toContain('  systemctl start hybridge-manager\n');
    expect(said).not.toContain('systemctl restart hybridge-manager\n');
    await run(['install', '--root', root, '--grace-ms', '120000']);
    const unit = readFileSync(join(root, UNIT), 'utf8');
    expect(unit).toContain('--grace-ms 120000');
    expect(unit).toContain('TimeoutStopSec=130');
    expect(readFileSync(config, 'utf8')).toBe(CONFIG);
  });

  it('shows all of it, and does nothing, with --dry-run; without the keys', async () => {
    const root = folder();
    const config = join(root, 'mine.yaml');
    writeFileSync(config, CONFIG, { mode: 0o600 });
    const { said } = await run(['install', '--root', root, '--dry-run', '--config', config], { uid: 1_000 });
    expect(filesIn(root)).toEqual(['mine.yaml']);
    expect(said).toContain(`would write ${join(root, UNIT)}`);
    expect(said).toContain('  ExecStart=/usr/bin/node /usr/bin/hybridge manager run --data-dir $');
    expect(said).toContain('would run: systemctl enable hybridge-manager');
    expect(said).not.toContain(KEY);
  });

  it('begins with the configuration that it is given', async () => {
    const root = folder();
    const config = join(root, 'mine.yaml');
    writeFileSync(config, CONFIG, { mode: 0o600 });
    const { said } = await run(['install', '--root', root, '--config', config]);
    expect(readFileSync(join(root, STATE, 'manager.yaml'), 'utf8')).toBe(CONFIG);
    expect(said).not.toContain(KEY);
  });

  it('does not write through a link that somebody else has put there', async () => {
    const root = folder();
    mkdirSync(join(root, STATE), { recursive: true });
    symlinkSync(join(root, 'elsewhere'), join(root, STATE, 'manager.yaml'));
    await expect(run(['install', '--root', root])).rejects.toThrow('EEXIST');
    expect(existsSync(join(root, 'elsewhere'))).toBe(false);
  });

  it.each([
    [['--user', '--run-as', 'x'], {}, 'exclude each other'],
    [[], { uid: 1_000 }, 'takes root: run this with sudo, or give --user'],
    [[], { node: join(HOME, '.nvm/node') }, 'is in a home folder'],
    [[], { script: '/var/npm/_npx/1/hybridge' }, 'is a passing copy'],
    [[], { script: '/tmp/x/bin/hybridge' }, 'for what is temporary'],
    [['--user'], { node: '/var/tmp/node' }, 'for what is temporary'],
    [[], { realpath: () => join(HOME, 'src/hybridge.js') }, 'is in a home folder'],
    [[], { stat: () => ({ uid: 0, gid: 0, mode: 0o777 }) }, 'everybody can change /usr/bin/node,'],
    [['--name', '../x'], {}, 'It may have letters'],
    [['--config', '/nowhere.yaml'], {}, 'cannot be read (ENOENT)'],
    [['--user'], { platform: 'win32', uid: undefined }, 'leave --user out'],
    [[], { platform: 'sunos' }, 'no service manager for sunos'],
  ] as const)('is refused with %j on %j: %s', async (args, host, message) => {
    await expect(run(['install', ...args], host)).rejects.toThrow(message);
  });

  it.each([
    [{ uid: 1_000, gid: 0, mode: 0o755 }, 'the user with the number 1000 can change /opt, and so'],
    [{ uid: 0, gid: 50, mode: 0o2775 }, 'the group with the number 50 can change /opt, and so'],
    [{ uid: 0, gid: 50, mode: 0o755 }, undefined],
    [{ uid: 0, gid: 0, mode: 0o1777 }, undefined],
  ])('says who else could change what it runs: %j', async (opt, message) => {
    const host = {
      script: '/opt/hybridge/bin/hybridge',
      stat: (path: string) => (path === '/opt' ? opt : { uid: 0, gid: 0, mode: 0o755 }),
    };
    const { said } = await run(['install', '--dry-run'], host);
    if (message === undefined) expect(said).not.toContain('warning');
    else expect(said).toContain(`warning: ${message}`);
    expect((await run(['install', '--dry-run', '--user'], host)).said).not.toContain('warning');
  });

  it('is refused when the configuration names files that the service could not read', async () => {
    const root = folder();
    writeFileSync(join(root, 'key'), CONFIG.slice(CONFIG.indexOf('Endpoint'), CONFIG.indexOf("' }")), {
      mode: 0o600,
    });
    writeFileSync(join(root, 'mine.yaml'), 'connections: [{ connectionString: "file:key" }]');
    const args = ['install', '--root', root, '--config', join(root, 'mine.yaml')];
    await expect(run(args)).rejects.toThrow(`names ${join(root, 'key')}`);
    await run([...args, '--run-as', 'root']);
    const unit = readFileSync(join(root, UNIT), 'utf8');
    expect(unit).toContain(`--config ${join(root, 'mine.yaml')}`);
    expect(unit).toContain('\nUser=root\n');
    expect(unit).not.toContain('DynamicUser');
  });

  it('leaves a unit alone that it did not write', async () => {
    const root = folder();
    mkdirSync(join(root, 'etc/systemd/system'), { recursive: true });
    writeFileSync(join(root, UNIT), '[Service]\n');
    await expect(run(['install', '--root', root])).rejects.toThrow('was not written by this command');
    await expect(run(['uninstall', '--root', root, '--purge'])).rejects.toThrow('left alone');
    expect(filesIn(root)).toEqual([UNIT]);
  });

  it('starts the service of a user, whose configuration stays where it is', async () => {
    const home = folder();
    mkdirSync(join(home, '.config/hybridge'), { recursive: true });
    const config = join(home, '.config/hybridge/manager.yaml');
    writeFileSync(config, CONFIG, { mode: 0o600 });
    const commands: string[] = [];
    const host = {
      ...{ uid: 1_000, home, node: join(home, '.nvm/node') },
      run: (command: readonly string[]) => commands.push(command.join(' ')) * 0,
    };
    const { exitCode, said } = await run(['install', '--user'], host);
    expect(exitCode).toBe(0);
    const unit = join(home, '.config/systemd/user/hybridge-manager.service');
    expect(readFileSync(unit, 'utf8')).toContain(
      `--config ${config} --data-dir ${home}/.local/state/hybridge-manager`,
    );
    const expected = ['daemon-reload', 'enable hybridge-manager', 'restart hybridge-manager'];
    const shown = expected.map((words) => `systemctl --user ${words}`);
    if (existsSync('/run/systemd/system')) expect(commands).toEqual(shown);
    else for (const command of shown) expect(said).toContain(`  ${command}\n`);
  });
});

describe('hybridge manager uninstall', () => {
  it('takes away what install wrote, and keeps configuration and audit log', async () => {
    const root = folder();
    await run(['install', '--root', root]);
    mkdirSync(join(root, STATE, 'audit'));
    writeFileSync(join(root, STATE, 'audit/x.jsonl'), '');
    const { said } = await run(['uninstall', '--root', root]);
    expect(filesIn(root)).toEqual([`${STATE}/audit/x.jsonl`, `${STATE}/manager.yaml`]);
    expect(said).toContain(`removed ${join(root, UNIT)}`);
    expect(said).toContain('--purge removes them');
    expect((await run(['uninstall', '--root', root])).said).toContain('nothing is installed');
  });

  it('takes all of it away with --purge, also where systemd really has it', async () => {
    const root = folder();
    await run(['install', '--root', root]);
    rmSync(join(root, STATE), { recursive: true });
    mkdirSync(join(root, 'var/lib/private/hybridge-manager'), { recursive: true });
    writeFileSync(join(root, 'var/lib/private/hybridge-manager/manager.yaml'), '');
    symlinkSync('private/hybridge-manager', join(root, STATE));
    const before = filesIn(root);
    const dry = await run(['uninstall', '--root', root, '--purge', '--dry-run']);
    expect(dry.said).toContain(`would remove ${join(root, STATE)}`);
    expect(filesIn(root)).toEqual(before);
    await run(['uninstall', '--root', root, '--purge']);
    expect(filesIn(root)).toEqual([]);
  });
});

describe('a unit of systemd', () => {
  it.each([
    ['/usr/bin/node', '/usr/bin/node'],
    ['/opt/my node', '"/opt/my node"'],
    ['100%', '100%%'],
    ['$HOME', '$$HOME'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['/a\nExecStartPre=/b', '"/a\\x0aExecStartPre=/b"'],
  ])('quotes %j as %s', (word, quoted) => expect(unitWord(word)).toBe(quoted));

  const hasAnalyze = onPath('systemd-analyze');
  if (!hasAnalyze) console.warn('skipped: what systemd-analyze says of the unit (install systemd)');

  it.skipIf(!hasAnalyze && !isRequired).each([[[]], [['--user']]])(
    'is one that systemd-analyze has nothing against: %j',
    async (args) => {
      const home = folder();
      const root = folder();
      await run(['install', '--root', root, ...args], { ...THERE, home });
      const [path] = filesIn(root).filter((file) => file.endsWith('.service'));
      const scope = args.length > 0 ? ['--user'] : ['--system'];
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', ...scope, join(root, path!)], {
        encoding: 'utf8',
      });
      const about = verified.stderr.split('\n').filter((line) => line.includes('hybridge'));
      expect(about).toEqual([]);
    },
  );

  it.skipIf(!hasAnalyze && !isRequired)('is closed as that of the relay is', async () => {
    const root = folder();
    await run(['install', '--root', root]);
    const args = ['security', '--offline=yes', '--threshold=20', '--no-pager', join(root, UNIT)];
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect({ status, overall: /Overall exposure level .*: ([\d.]+)/.exec(stdout)?.[1] }).toEqual({
      ...{ status: 0, overall: expect.stringMatching(/^1\.\d$/) },
    });
  });
});

describe('services of other systems', () => {
  const hasPython = onPath('python3');
  if (!hasPython) console.warn('skipped: reading a property list (install python3)');

  it.skipIf(!hasPython && !isRequired).each([[[]], [['--user']]])(
    'are a property list on macOS: %j',
    async (args) => {
      const root = folder();
      const home = join('/', 'Users', 'ada & co');
      const host = {
        platform: 'darwin',
        home,
        node: '/usr/local/bin/node',
        script: '/usr/local/bin/hybridge',
      } as const;
      await run(['install', '--root', root, ...args, '--name', 'net.hybridge'.replace('.', '-')], host, {
        SUDO_USER: 'root',
      });
      const [path] = filesIn(root).filter((file) => file.endsWith('.plist'));
      const script = 'import plistlib, json, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
      const job = JSON.parse(
        execFileSync('python3', ['-c', script, join(root, path!)], { encoding: 'utf8' }),
      );
      const library = args.length > 0 ? `${home}/Library` : '/Library';
      expect(path).toBe(
        `${library}/Launch${args.length > 0 ? 'Agents' : 'Daemons'}/net-hybridge.plist`.slice(1),
      );
      expect(job).toEqual({
        Label: 'net-hybridge',
        ProgramArguments: [
          ...['/usr/local/bin/node', '/usr/local/bin/hybridge', 'manager', 'run', '--data-dir'],
          ...[
            `${library}/Application Support/net-hybridge`,
            '--grace-ms',
            '30000',
            '--watchdog-ms',
            '30000',
            '--json',
          ],
        ],
        ...(args.length === 0 && { UserName: 'root' }),
        ...{ RunAtLoad: true, KeepAlive: { SuccessfulExit: false }, ThrottleInterval: 10, ExitTimeOut: 40 },
        ...{ SoftResourceLimits: { NumberOfFiles: 65_536 }, Umask: 0o77 },
        StandardErrorPath: `${library}/Logs/net-hybridge.log`,
      });
    },
  );

  it.skipIf(!hasPython && !isRequired)('are a configuration of WinSW on Windows', async () => {
    const { said } = await run(
      ['install', '--dry-run'],
      {
        platform: 'win32',
        uid: undefined,
        node: 'C:\\Program Files\\nodejs\\node.exe',
        script: 'C:\\x & y\\hybridge.js',
      },
      { ProgramData: 'C:\\ProgramData', APPDATA: 'C:\\Nobody' },
    );
    const text = said.slice(said.indexOf('  <!--'), said.indexOf('</service>') + 10);
    const script =
      'import sys, json; from xml.etree import ElementTree as E; print(json.dumps({e.tag: e.text for e in E.fromstring(sys.stdin.read().strip())}))';
    const service = JSON.parse(execFileSync('python3', ['-c', script], { input: text, encoding: 'utf8' }));
    expect(service).toMatchObject({
      ...{ id: 'hybridge-manager', executable: 'C:\\Program Files\\nodejs\\node.exe', stoptimeout: '40 sec' },
      arguments:
        '"C:\\x & y\\hybridge.js" manager run --data-dir C:\\ProgramData\\Hybridge\\hybridge-manager --grace-ms 30000 --watchdog-ms 30000 --json',
    });
    expect(said).toContain(
      'would run: C:\\ProgramData\\Hybridge\\hybridge-manager\\hybridge-manager.exe install',
    );
  });
});
