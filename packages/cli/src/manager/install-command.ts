/**
 * `hybridge manager install` and `uninstall`: the manager as a service of its machine.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InstallError } from '../installation/apply.js';
import { type InstallHost, thisHost } from '../installation/install-host.js';
import type { InstallTarget } from '../installation/installation.js';
import {
  type Begun,
  type Installable,
  type InstallContext,
  installationOf,
  installVerb,
  uninstallVerb,
} from '../installation/service-commands.js';
import type { Surroundings } from '../surroundings.js';
import { configPlace } from './config-place.js';
import { MANAGER_SERVICE } from './manager-service.js';

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

const INSTALLABLE: Installable = {
  program: MANAGER_SERVICE,
  configHelp: 'the configuration to begin with (default: the one that a manager run by hand has)',
  installExamples: INSTALL_EXAMPLES,
  uninstallExamples: UNINSTALL_EXAMPLES,
  begin,
};

/** @param finish - takes the exit code. */
export function installCommand(
  surroundings: Surroundings,
  finish: (exitCode: number) => void,
  host: InstallHost = thisHost(),
): Command {
  return installVerb(INSTALLABLE, surroundings, finish, host);
}

/** @param finish - takes the exit code. */
export function uninstallCommand(
  surroundings: Surroundings,
  finish: (exitCode: number) => void,
  host: InstallHost = thisHost(),
): Command {
  return uninstallVerb(INSTALLABLE, surroundings, finish, host);
}

/** What is there to begin with: what was given, or what a manager that is run by hand has. */
async function begin(target: InstallTarget, context: InstallContext): Promise<Begun> {
  const { config, root } = context.options;
  const { platform, uid, home } = context.host;
  const { env } = context.surroundings;
  const usual = configPlace({ env: { HOME: home, ...env }, platform, uid });
  const hasUsual = root === undefined && target.name === MANAGER_SERVICE.defaultName && existsSync(usual);
  const path = config === undefined ? (hasUsual ? usual : undefined) : resolve(config);
  if (path === undefined) return { target, config: { text: STARTER, isPublic: false }, files: [] };
  const { loadManagerConfig } = await import('@hybridge/manager');
  const { files } = loadManagerConfig(path, { env, mayBeEmpty: true });
  const hasOwnUser = platform === 'linux' && !target.isUser && target.runAs === undefined;
  const others = files.filter((file) => file !== path);
  if (!hasOwnUser) {
    return {
      target: { ...target, config: path },
      config: { text: '', isPublic: false },
      files: [path, ...others],
    };
  }
  if (others.length > 0) {
    throw new InstallError(
      `${path} names ${others.join(', ')}, which the service's own user cannot read: write into it what they hold, or give --run-as with a user who can`,
    );
  }
  const own = installationOf(target, context.host).config;
  const text = readFileSync(path, 'utf8');
  if (config !== undefined && root === undefined && existsSync(own) && readFileSync(own, 'utf8') !== text) {
    throw new InstallError(
      `${own} is there already and says something else: change that, and leave --config out`,
    );
  }
  return { target, config: { text, isPublic: false }, files: [] };
}

const STARTER = `# What hybrid connections this manager holds: hybridge manager add writes them here, and changes by hand are noticed.
`;
