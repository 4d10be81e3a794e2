/**
 * `hybridge relay install` and `uninstall`: the relay as a service of its machine.
 * @module
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadRelayConfig, type RelayConfig, RelayConfigError } from '@hybridge/relay';
import { SecretError } from '@hybridge/service';
import type { Command } from 'commander';
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
import { RELAY_SERVICE } from './relay-service.js';

const INSTALL_EXAMPLES = `
Examples:
  $ hybridge relay install --dry-run                 # shows what would be written and run
  $ sudo hybridge relay install                      # with /etc/hybridge/relay.yaml, which is made if it is not there
  $ sudo hybridge relay install --config /etc/hybridge/relay.yaml --group ssl-cert
  $ hybridge relay install --user --config relay.yaml

Done twice it changes nothing. Do it again when the configuration names another port below 1024, or other files.
An upgrade: install the new version of hybridge, then systemctl restart hybridge-relay.`;

const UNINSTALL_EXAMPLES = `
Examples:
  $ sudo hybridge relay uninstall
  $ sudo hybridge relay uninstall --purge            # with all that it was told, keys and audit log
  $ hybridge relay uninstall --user`;

const INSTALLABLE: Installable = {
  program: RELAY_SERVICE,
  configHelp: 'stays where it is (default: /etc/hybridge/relay.yaml; elsewhere in its own folder)',
  installExamples: INSTALL_EXAMPLES,
  uninstallExamples: UNINSTALL_EXAMPLES,
  usualConfig,
  begin,
};

/** @param finish - takes the exit code. */
export function installCommand(
  surroundings: Surroundings,
  finish: (exitCode: number) => void,
  host: InstallHost = thisHost(),
): Command {
  return installVerb(INSTALLABLE, surroundings, finish, host)
    .option('--group <group>', 'a group whose files it may read as well: of a certificate, for instance')
    .option('--low-ports', 'it may listen below 1024 (default: if the configuration says such a port)');
}

/** @param finish - takes the exit code. */
export function uninstallCommand(
  surroundings: Surroundings,
  finish: (exitCode: number) => void,
  host: InstallHost = thisHost(),
): Command {
  return uninstallVerb(INSTALLABLE, surroundings, finish, host);
}

/** For the machine where its administrators look for such files, and may change them with any editor. */
function usualConfig(target: InstallTarget, host: InstallHost): string {
  const { name, isUser } = target;
  if (host.platform !== 'linux' || isUser) return installationOf(target, host).config;
  return join(
    '/etc/hybridge',
    name === RELAY_SERVICE.defaultName ? RELAY_SERVICE.configFile : `${name}.yaml`,
  );
}

/** What is there to begin with, and what it asks of the service. */
async function begin(target: InstallTarget, context: InstallContext): Promise<Begun> {
  const { options, host, say, surroundings } = context;
  const config = options.config === undefined ? target.config! : resolve(options.config);
  const isPublic = host.platform === 'linux' && !target.isUser;
  const begun = (hasLowPort: boolean, files: readonly string[]): Begun => ({
    target: { ...target, config, hasLowPort: hasLowPort || options.lowPorts === true },
    config: { text: STARTER, isPublic },
    files,
  });
  const { root } = options;
  const path = root === undefined || options.config !== undefined ? config : join(root, config);
  if (options.config === undefined && !existsSync(path)) return begun(false, []);
  const files: string[] = [];
  const { dataDir } = installationOf(target, host);
  const onFile = (file: string) => files.push(file);
  try {
    return begun(hasLowPort(loadRelayConfig(path, { env: surroundings.env, dataDir, onFile })), files);
  } catch (error) {
    if (!(error instanceof RelayConfigError) || !isServiceOnly(error, files.at(-1))) throw error;
    say(`not looked at any further: ${error.message}. Give --low-ports if it listens below 1024`);
    return begun(false, files.slice(0, 1));
  }
}

function hasLowPort({ listen, admin }: RelayConfig): boolean {
  return [listen?.port, admin?.port].some((port) => port !== undefined && port > 0 && port < 1_024);
}

/** A credential of systemd, or a variable of the unit: not there yet. */
function isServiceOnly({ cause }: RelayConfigError, file: string | undefined): boolean {
  if (!(cause instanceof SecretError)) return false;
  return /^the environment variable /.test(cause.message) || file?.startsWith('/run/credentials/') === true;
}

const STARTER = `# The configuration of this relay. Every setting has a default: the manual of @hybridge/relay lists them.
# Everybody on this machine may read it: write keys and tokens elsewhere, and file:… or env:NAME here.
#
# listen: { host: 0.0.0.0, port: 443, tls: { cert: /etc/ssl/certs/relay.pem, key: /etc/ssl/private/relay.key } }
# publicUrl: wss://relay.example.net
# namespaces:
#   - name: relay.example.net
`;
