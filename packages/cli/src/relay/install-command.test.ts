import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder as folder } from '../../test/hybridge-process.js';
import { filesIn, isRequired, onPath, THERE, verbs } from '../../test/installing.js';
import { thisHost } from '../installation/install-host.js';
import { installCommand, uninstallCommand } from './install-command.js';

const UNIT = 'etc/systemd/system/hybridge-relay.service';
const CONFIG = 'etc/hybridge/relay.yaml';

const run = verbs(installCommand, uninstallCommand);

/** A folder that stands for the root, with a configuration where the machine has it. */
function rootWith(config: string): string {
  const root = folder();
  mkdirSync(join(root, 'etc/hybridge'), { recursive: true });
  writeFileSync(join(root, CONFIG), config);
  return root;
}

describe('hybridge relay install', () => {
  it('writes a unit, and a configuration that says what may stand in it', async () => {
    const root = folder();
    const { exitCode, said } = await run(['install', '--root', root]);
    expect(exitCode).toBe(0);
    expect(filesIn(root)).toEqual([CONFIG, UNIT]);
    expect(statSync(join(root, 'var/lib/hybridge-relay')).mode & 0o777).toBe(0o700);
    // Nothing in it is a secret, and the user that reads it comes and goes with the service.
    expect(statSync(join(root, CONFIG)).mode & 0o777).toBe(0o644);
    expect(statSync(join(root, 'etc/hybridge')).mode & 0o777).toBe(0o755);
    expect(said).toContain(
      'what it does: hybridge status --token "file:/var/lib/hybridge-relay/admin.token"',
    );
    expect((await run(['install', '--root', root])).said).toContain(`unchanged ${join(root, UNIT)}`);
  });

  it('writes the unit that the documentation shows', async () => {
    const root = folder();
    await run(['install', '--root', root]);
    const shown = new URL('../../../../docs/deploy/hybridge-relay.service', import.meta.url);
    expect(readFileSync(join(root, UNIT), 'utf8')).toBe(readFileSync(shown, 'utf8'));
  });

  it.each([
    ['listen: { port: 443 }', [], true],
    ['admin: { port: 1023 }', [], true],
    ['listen: { port: 8443 }', [], false],
    ['listen: { port: 8443 }', ['--low-ports'], true],
  ])('with %j and %j lets it listen below 1024: %s', async (config, args, isLow) => {
    const root = rootWith(config);
    await run(['install', '--root', root, ...args]);
    const unit = readFileSync(join(root, UNIT), 'utf8');
    expect(unit.includes('AmbientCapabilities=CAP_NET_BIND_SERVICE')).toBe(isLow);
    expect(unit).toContain(`CapabilityBoundingSet=${isLow ? 'CAP_NET_BIND_SERVICE' : ''}\n`);
  });

  it('lets it read the files of a group', async () => {
    const root = folder();
    await run(['install', '--root', root, '--group', 'ssl-cert']);
    expect(readFileSync(join(root, UNIT), 'utf8')).toContain('\nSupplementaryGroups=ssl-cert\n');
  });

  it('cannot look at what only the service has, and says so', async () => {
    const tls = (file: string) => `listen: { tls: { cert: ${file}, key: ${file} } }`;
    const root = rootWith(tls('/run/credentials/hybridge-relay.service/server.pem'));
    const { said } = await run(['install', '--root', root]);
    expect(said).toMatch(/^not looked at any further: relay\.yaml: listen\.tls\.cert: .*--low-ports/);
    writeFileSync(join(root, CONFIG), 'admin: { token: env:RELAY_TOKEN }');
    expect((await run(['install', '--root', root])).said).toMatch(/RELAY_TOKEN/);
    writeFileSync(join(root, CONFIG), tls('/nowhere.pem'));
    await expect(run(['install', '--root', root])).rejects.toThrow('/nowhere.pem" (ENOENT)');
  });

  it.each([
    [['--config', '/nowhere.yaml'], {}, 'cannot read /nowhere.yaml (ENOENT)'],
    [['--user', '--group', 'x'], {}, '--group is for services of the machine'],
    [['--group', 'no-such-group'], {}, 'there is no group no-such-group'],
    [[], { uid: 1_000 }, 'takes root'],
  ] as const)('is refused with %j on %j: %s', async (args, host, message) => {
    await expect(run(['install', ...args], host)).rejects.toThrow(message);
  });

  it('is refused when the service could not see a file that is named', async () => {
    const mine = folder();
    writeFileSync(join(mine, 'relay.yaml'), '');
    const args = ['install', '--dry-run', '--config'];
    await expect(run([...args, join(mine, 'relay.yaml')])).rejects.toThrow('sees nothing');
    const host = { unreadable: (files: readonly string[]) => files };
    const hosts = run([...args, '/dev/null', '--run-as', 'ada'], host);
    await expect(hosts).rejects.toThrow('ada cannot read /dev/null: give --group');
  });

  it.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'finds out who can read a file by becoming that user',
    () => {
      const { unreadable } = thisHost();
      const mine = folder();
      chmodSync(mine, 0o755);
      const file = (name: string, mode: number) => {
        writeFileSync(join(mine, name), '');
        chmodSync(join(mine, name), mode);
        return join(mine, name);
      };
      const files = [file('open', 0o644), file('group', 0o640), file('own', 0o600)];
      const nobody = { user: undefined, group: undefined };
      expect(unreadable(files, nobody)).toEqual(files.slice(1));
      expect(unreadable(files, { ...nobody, group: 'root' })).toEqual(files.slice(2));
      expect(unreadable(files, { ...nobody, user: 'root' })).toEqual([]);
      chmodSync(mine, 0o700);
      expect(unreadable(files, nobody)).toEqual(files);
    },
  );

  it('keeps the configuration of a user in its own folder', async () => {
    const home = folder();
    const host = { uid: 1_000, home, run: () => 0 };
    await run(['install', '--user'], host);
    const state = join(home, '.local/state/hybridge-relay');
    expect(statSync(join(state, 'relay.yaml')).mode & 0o777).toBe(0o600);
    const unit = readFileSync(join(home, '.config/systemd/user/hybridge-relay.service'), 'utf8');
    expect(unit).toContain(`relay run --config ${state}/relay.yaml --data-dir ${state} --grace-ms 30000`);
  });
});

describe('hybridge relay uninstall', () => {
  it('takes away what install wrote, and says what it keeps', async () => {
    const root = folder();
    await run(['install', '--root', root]);
    const kept = await run(['uninstall', '--root', root]);
    expect(kept.said).toContain('--purge removes them');
    expect(filesIn(root)).toEqual([CONFIG]);
    const { said } = await run(['uninstall', '--root', root, '--purge']);
    expect(said).toContain('kept /etc/hybridge/relay.yaml');
    expect(existsSync(join(root, 'var/lib/hybridge-relay'))).toBe(false);
  });

  it('leaves the manager’s service alone', async () => {
    const root = folder();
    await run(['install', '--root', root]);
    const unit = readFileSync(join(root, UNIT), 'utf8');
    writeFileSync(join(root, UNIT), unit.replace('hybridge relay install', 'hybridge manager install'));
    await expect(run(['uninstall', '--root', root])).rejects.toThrow('was not written by this command');
  });
});

describe('the unit of a relay', () => {
  const hasAnalyze = onPath('systemd-analyze');
  if (!hasAnalyze) console.warn('skipped: what systemd-analyze says of the relay’s unit (install systemd)');

  it.skipIf(!hasAnalyze && !isRequired).each([
    [[], 1.6],
    [['--low-ports', '--group', 'root'], 2],
  ])('is sound and closed, with %j: at most %d of 10', async (args, most) => {
    const root = folder();
    await run(['install', '--root', root, ...args], THERE);
    const analyze = (verb: string, ...more: string[]) =>
      spawnSync('systemd-analyze', [verb, ...more, join(root, UNIT)], { encoding: 'utf8' });
    const { stderr } = analyze('verify', '--man=no', '--system');
    expect(stderr.split('\n').filter((line) => line.includes('hybridge'))).toEqual([]);
    const { stdout } = analyze('security', '--offline=yes', '--no-pager');
    const [, exposure] = /Overall exposure level .*: ([\d.]+)/.exec(stdout) ?? [];
    expect(Number(exposure)).toBeGreaterThan(0);
    expect(Number(exposure)).toBeLessThanOrEqual(most);
  });
});
