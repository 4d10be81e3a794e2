/**
 * The verbs `install` and `uninstall` of a program that can be a service of its machine.
 * @module
 */
import { isAbsolute } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { milliseconds } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { type ApplyOptions, InstallError, install, type NewConfig, uninstall } from './apply.js';
import { checkProgram } from './check-program.js';
import { groupIdOf, type InstallHost, userIds } from './install-host.js';
import type { Installation, InstallTarget } from './installation.js';
import { launchdInstallation } from './launchd.js';
import type { ServiceProgram } from './service-program.js';
import { systemdInstallation } from './systemd.js';
import { winswInstallation } from './winsw.js';

/** A program, and what its verbs do that those of others do not. */
export interface Installable {
  readonly program: ServiceProgram;
  /** What `--config` is for. */
  readonly configHelp: string;
  readonly installExamples: string;
  readonly uninstallExamples: string;
  /** Where its configuration stays when nobody says; `undefined` for its own folder. */
  readonly usualConfig?: (target: InstallTarget, host: InstallHost) => string | undefined;
  /** Looks at the configuration. @throws when the service could not run with it */
  begin(target: InstallTarget, context: InstallContext): Promise<Begun>;
}

/** What a service begins with. */
export interface Begun {
  /** With what the configuration says. */
  readonly target: InstallTarget;
  /** Written where there is no configuration yet. */
  readonly config: NewConfig;
  /** Files that the service has to read. */
  readonly files: readonly string[];
}

/** What surrounds an installation. */
export interface InstallContext {
  readonly options: InstallOptions;
  readonly surroundings: Surroundings;
  readonly host: InstallHost;
  readonly say: (line: string) => void;
}

interface CommonOptions {
  readonly user?: true;
  readonly name: string;
  readonly dryRun?: true;
  readonly root?: string;
}

/** What `install` is told. */
export interface InstallOptions extends CommonOptions {
  readonly config?: string;
  readonly runAs?: string;
  /** Only where the program takes it, as the next. */
  readonly group?: string;
  readonly lowPorts?: true;
  readonly graceMs: number;
  readonly watchdogMs: number;
}

interface UninstallOptions extends CommonOptions {
  readonly purge?: true;
}

/** @param finish - takes the exit code. */
export function installVerb(
  installable: Installable,
  surroundings: Surroundings,
  finish: (exitCode: number) => void,
  host: InstallHost,
): Command {
  const { program, configHelp, installExamples } = installable;
  return common(
    'install',
    `Make the ${program.command} a service of this machine that starts by itself`,
    program,
  )
    .option('--config <file>', configHelp)
    .option('--run-as <user>', 'a user that is there, rather than one of its own')
    .addOption(
      new Option('--grace-ms <ms>', 'time for open connections when it is stopped or restarted')
        .argParser(milliseconds)
        .default(30_000),
    )
    .addOption(
      new Option('--watchdog-ms <ms>', 'ended and started again when it stands still for so long; 0: never')
        .argParser(milliseconds)
        .default(30_000),
    )
    .addHelpText('after', installExamples)
    .action(async (options: InstallOptions) => {
      const target = targetOf(program, options, surroundings, host);
      const warning = checkProgram(target, host, options.root !== undefined);
      const apply = applyOptions(options, { surroundings, host, runAs: target.runAs });
      if (warning !== undefined) apply.say(`warning: ${warning}`);
      const context = { options, surroundings, host, say: apply.say };
      const begun = await installable.begin(withUsualConfig(installable, target, host), context);
      if (options.root === undefined) checkFiles(begun, host);
      if (!install(installationOf(begun.target, host), begun.config, apply)) finish(1);
    });
}

/** @param finish - takes the exit code. */
export function uninstallVerb(
  installable: Installable,
  surroundings: Surroundings,
  finish: (exitCode: number) => void,
  host: InstallHost,
): Command {
  const { program, uninstallExamples } = installable;
  return common('uninstall', 'Take away what install has written', program)
    .option('--purge', 'what it keeps, too: configuration in its folder, keys and audit log')
    .addHelpText('after', uninstallExamples)
    .action((options: UninstallOptions) => {
      const target = targetOf(program, { ...options, graceMs: 0, watchdogMs: 0 }, surroundings, host);
      const apply = applyOptions(options, { surroundings, host, runAs: undefined });
      const installation = installationOf(withUsualConfig(installable, target, host), host);
      if (!uninstall(installation, { ...apply, isPurge: options.purge === true })) finish(1);
    });
}

/** What it comes to on a system. */
export function installationOf(
  target: InstallTarget,
  { platform }: Pick<InstallHost, 'platform'>,
): Installation {
  if (platform === 'darwin') return launchdInstallation(target);
  if (platform === 'win32') return winswInstallation(target);
  if (platform === 'linux') return systemdInstallation(target);
  throw new InstallError(
    `there is no service manager for ${platform} here: let it start hybridge ${target.program.command} run`,
  );
}

function common(name: string, description: string, { defaultName }: ServiceProgram): Command {
  return new Command(name)
    .description(description)
    .option('--user', 'for the user who asks, without root')
    .addOption(
      new Option('--name <name>', 'of the service, and of its folder')
        .argParser(serviceName)
        .default(defaultName),
    )
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--root <folder>', 'work on another tree, such as that of an image, and start nothing');
}

function serviceName(text: string): string {
  if (!/^[A-Za-z0-9][\w-]{0,63}$/.test(text))
    throw new InvalidArgumentError('It may have letters, digits, - and _.');
  return text;
}

function targetOf(
  program: ServiceProgram,
  options: InstallOptions,
  { env }: Surroundings,
  host: InstallHost,
): InstallTarget {
  const { name, graceMs, watchdogMs, user: isUser = false, group, root, dryRun } = options;
  const { platform, uid, node, script, home } = host;
  if (isUser && platform === 'win32')
    throw new UsageError('Windows has services of the machine only: leave --user out');
  if (isUser && options.runAs !== undefined) throw new UsageError('--user and --run-as exclude each other');
  if (group !== undefined && (isUser || platform !== 'linux'))
    throw new UsageError('--group is for services of the machine, with systemd');
  if (!isUser && root === undefined && dryRun === undefined && uid !== undefined && uid !== 0) {
    throw new InstallError(
      'a service of the machine takes root: run this with sudo, or give --user for a service of your own; --dry-run shows what would be done',
    );
  }
  // launchd has no users that come and go with a service.
  const runAs = options.runAs ?? (platform === 'darwin' && !isUser ? env.SUDO_USER : undefined);
  const files = { node, script, config: undefined, home };
  return { program, name, isUser, runAs, group, hasLowPort: false, ...files, graceMs, watchdogMs, env };
}

function withUsualConfig(
  { usualConfig }: Installable,
  target: InstallTarget,
  host: InstallHost,
): InstallTarget {
  return { ...target, config: usualConfig?.(target, host) };
}

/** What the unit keeps from the service, and what the system does. */
function checkFiles({ target: { isUser, runAs, group }, files }: Begun, host: InstallHost): void {
  if (host.platform !== 'linux' || isUser) return;
  for (const file of files) {
    if (!/^\/(home|root|run\/user|tmp|var\/tmp)\//.test(file)) continue;
    throw new InstallError(
      `${file} is where a service of the machine sees nothing (home folders and /tmp): put it elsewhere, such as into /etc/hybridge`,
    );
  }
  if (group !== undefined && groupIdOf(group) === undefined)
    throw new InstallError(`there is no group ${group}`);
  const hidden = host.unreadable(files, { user: runAs, group });
  if (hidden.length === 0) return;
  const who = runAs ?? "the service's own user";
  throw new InstallError(
    `${who} cannot read ${hidden.join(', ')}: give --group with a group that may, --run-as with a user who can, or write into the configuration what it holds`,
  );
}

function applyOptions(
  { dryRun, root }: CommonOptions,
  { surroundings, host, runAs }: { surroundings: Surroundings; host: InstallHost; runAs: string | undefined },
): ApplyOptions {
  const isDryRun = dryRun === true;
  if (root !== undefined && !isAbsolute(root)) throw new UsageError('--root is not absolute');
  return {
    ...{ root, isDryRun, run: host.run },
    say: (line) => surroundings.stdout.write(`${line}\n`),
    owner: runAs === undefined || isDryRun ? undefined : ownerOf(runAs),
  };
}

function ownerOf(user: string): ApplyOptions['owner'] {
  const ids = userIds(user);
  if (ids === undefined) throw new InstallError(`there is no user ${user}`);
  return ids;
}
