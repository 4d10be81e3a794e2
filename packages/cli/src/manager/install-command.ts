/**
 * `hybridge manager install` and `uninstall`: the manager as a service of its machine.
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type ApplyOptions, InstallError, install, uninstall } from '../installation/apply.js';
import { DEFAULT_NAME, type Installation, type InstallTarget } from '../installation/installation.js';
import { launchdInstallation } from '../installation/launchd.js';
import { systemdInstallation } from '../installation/systemd.js';
import { winswInstallation } from '../installation/winsw.js';
import { milliseconds } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { configPlace } from './config-place.js';

/** The machine, for tests. */
export interface InstallHost {
  readonly platform: NodeJS.Platform;
  /** `undefined` on Windows. */
  readonly uid: number | undefined;
  readonly node: string;
  readonly script: string;
  readonly home: string;
  readonly run: ApplyOptions['run'];
}

interface CommonOptions {
  readonly user?: true;
  readonly name: string;
  readonly dryRun?: true;
  readonly root?: string;
}

interface InstallOptions extends CommonOptions {
  readonly config?: string;
  readonly runAs?: string;
  readonly graceMs: number;
}

interface UninstallOptions extends CommonOptions {
  readonly purge?: true;
}

const INSTALL_EXAMPLES = `
Examples:
  $ hybridge manager install --dry-run               # shows what would be written and run
  $ sudo hybridge manager install
  $ sudo hybridge manager add --connection-string file:payroll.txt
  $ sudo hybridge manager install --config manager.yaml
  $ hybridge manager install --user
  $ sudo hybridge manager install --name hybridge-manager-b   # a second one beside it, so that one of them is always there

Done twice it changes nothing. An upgrade: install the new version of hybridge, then systemctl restart hybridge-manager.`;

const UNINSTALL_EXAMPLES = `
Examples:
  $ sudo hybridge manager uninstall
  $ sudo hybridge manager uninstall --purge          # with configuration, keys and audit log
  $ hybridge manager uninstall --user`;

/** @param finish - takes the exit code. */
export function installCommand(
  surroundings: Surroundings,
  finish: (exitCode: number) => void,
  host: InstallHost = thisHost(),
): Command {
  return common('install', 'Make the manager a service of this machine that starts by itself')
    .option(
      '--config <file>',
      'the configuration to begin with (default: the one that a manager run by hand has)',
    )
    .option('--run-as <user>', 'a user that is there, rather than one of its own')
    .addOption(
      new Option('--grace-ms <ms>', 'time for open connections when it is stopped or restarted')
        .argParser(milliseconds)
        .default(30_000),
    )
    .addHelpText('after', INSTALL_EXAMPLES)
    .action(async (options: InstallOptions) => {
      const target = targetOf(options, surroundings, host);
      checkProgram(target, host);
      const begun = await configuration(target, options, { surroundings, host });
      const installation = installationOf(begun.target, host);
      const apply = applyOptions(options, { surroundings, host, runAs: target.runAs });
      if (!install(installation, begun.text, apply)) finish(1);
    });
}

/** @param finish - takes the exit code. */
export function uninstallCommand(
  surroundings: Surroundings,
  finish: (exitCode: number) => void,
  host: InstallHost = thisHost(),
): Command {
  return common('uninstall', 'Take away what install has written')
    .option('--purge', 'configuration, keys and audit log, too')
    .addHelpText('after', UNINSTALL_EXAMPLES)
    .action((options: UninstallOptions) => {
      const target = targetOf({ ...options, graceMs: 0 }, surroundings, host);
      const apply = applyOptions(options, { surroundings, host, runAs: undefined });
      const isPurge = options.purge === true;
      if (!uninstall(installationOf(target, host), { ...apply, isPurge })) finish(1);
    });
}

function common(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--user', 'for the user who asks, without root')
    .addOption(
      new Option('--name <name>', 'of the service, and of its folder')
        .argParser(serviceName)
        .default(DEFAULT_NAME),
    )
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--root <folder>', 'work on another tree, such as that of an image, and start nothing');
}

function serviceName(text: string): string {
  if (!/^[A-Za-z0-9][\w-]{0,63}$/.test(text))
    throw new InvalidArgumentError('It may have letters, digits, - and _.');
  return text;
}

function targetOf(options: InstallOptions, { env }: Surroundings, host: InstallHost): InstallTarget {
  const { name, graceMs, user: isUser = false, root, dryRun } = options;
  const { platform, uid, node, script, home } = host;
  if (isUser && platform === 'win32')
    throw new UsageError('Windows has services of the machine only: leave --user out');
  if (isUser && options.runAs !== undefined) throw new UsageError('--user and --run-as exclude each other');
  if (!isUser && root === undefined && dryRun === undefined && uid !== undefined && uid !== 0) {
    throw new InstallError(
      'a service of the machine takes root: run this with sudo, or give --user for a service of your own; --dry-run shows what would be done',
    );
  }
  // launchd has no users that come and go with a service.
  const runAs = options.runAs ?? (platform === 'darwin' && !isUser ? env.SUDO_USER : undefined);
  return { name, isUser, runAs, node, script, config: undefined, graceMs, home, env };
}

function installationOf(target: InstallTarget, { platform }: InstallHost): Installation {
  if (platform === 'darwin') return launchdInstallation(target);
  if (platform === 'win32') return winswInstallation(target);
  if (platform === 'linux') return systemdInstallation(target);
  throw new InstallError(
    `there is no service manager for ${platform} here: let it start hybridge manager run`,
  );
}

/** A service of the machine must not hang on somebody's home folder, or on what npx throws away. */
function checkProgram({ node, script, isUser }: InstallTarget, { platform }: InstallHost): void {
  for (const path of [node, script]) {
    if (/[\\/]_npx[\\/]/.test(path)) {
      throw new InstallError(
        `${path} is a passing copy: install hybridge first, with npm install --global hybridge`,
      );
    }
    if (platform === 'linux' && !isUser && /^\/(home|root|run\/user)\//.test(path)) {
      throw new InstallError(
        `${path} is in a home folder, which a service of the machine cannot read: install Node and hybridge for the whole machine, or give --user`,
      );
    }
  }
}

/** What is there to begin with: what was given, or what a manager that is run by hand has. */
async function configuration(
  target: InstallTarget,
  { config, root }: InstallOptions,
  { surroundings: { env }, host: { platform, uid, home } }: { surroundings: Surroundings; host: InstallHost },
): Promise<{ readonly target: InstallTarget; readonly text: string }> {
  const usual = configPlace({ env: { HOME: home, ...env }, platform, uid });
  const hasUsual = root === undefined && target.name === DEFAULT_NAME && existsSync(usual);
  const path = config === undefined ? (hasUsual ? usual : undefined) : resolve(config);
  if (path === undefined) return { target, text: STARTER };
  const { loadManagerConfig } = await import('@hybridge/manager');
  const { files } = loadManagerConfig(path, { env, mayBeEmpty: true });
  const hasOwnUser = platform === 'linux' && !target.isUser && target.runAs === undefined;
  if (!hasOwnUser) return { target: { ...target, config: path }, text: '' };
  const others = files.filter((file) => file !== path);
  if (others.length > 0) {
    throw new InstallError(
      `${path} names ${others.join(', ')}, which the service's own user cannot read: write into it what they hold, or give --run-as with a user who can`,
    );
  }
  const own = installationOf(target, { platform } as InstallHost).config;
  const text = readFileSync(path, 'utf8');
  if (config !== undefined && root === undefined && existsSync(own) && readFileSync(own, 'utf8') !== text) {
    throw new InstallError(
      `${own} is there already and says something else: change that, and leave --config out`,
    );
  }
  return { target, text };
}

const STARTER = `# What hybrid connections this manager holds: hybridge manager add writes them here, and changes by hand are noticed.
`;

function applyOptions(
  { dryRun, root }: CommonOptions,
  { surroundings, host, runAs }: { surroundings: Surroundings; host: InstallHost; runAs: string | undefined },
): ApplyOptions {
  const isDryRun = dryRun === true;
  if (root !== undefined && !isAbsolute(root)) throw new UsageError('--root is not absolute');
  return {
    ...{ root, isDryRun, run: host.run },
    say: (line) => surroundings.stdout.write(`${line}\n`),
    owner: runAs === undefined || isDryRun ? undefined : idsOf(runAs),
  };
}

function idsOf(user: string): { readonly uid: number; readonly gid: number } {
  const ask = (flag: string) =>
    Number(execFileSync('id', [flag, '--', user], { encoding: 'utf8', stdio: 'pipe' }));
  try {
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    throw new InstallError(`there is no user ${user}`);
  }
}

function thisHost(): InstallHost {
  return {
    platform: process.platform,
    uid: process.getuid?.(),
    node: process.execPath,
    script: resolve(process.argv[1] ?? ''),
    home: homedir(),
    // What it says goes to people.
    run: ([program, ...args]) => spawnSync(program, args, { stdio: ['ignore', 2, 2] }).status ?? 127,
  };
}
