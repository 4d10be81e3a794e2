/**
 * `hybridge manager run`: the Hybrid Connection Manager itself.
 *
 * Only its options: what runs is loaded when it runs, so that the verbs beside it start quickly.
 * @module
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { connectionStringOption } from '../connection-string-option.js';
import { type NetworkOptions, preconnectOption, withNetworkOptions } from '../network-options.js';
import { milliseconds, port, type ServiceOptions, withServiceOptions } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';

/** Options of the command. */
export interface RunOptions extends ServiceOptions, NetworkOptions {
  readonly config?: string;
  readonly connectionString?: string;
  readonly endpoint?: string;
  readonly preconnect?: number;
  /** `false` for `--no-multiplex`. */
  readonly multiplex: boolean;
  readonly readyTimeoutMs: number;
  readonly dataDir?: string;
  /** `false` for `--no-watch`. */
  readonly watch: boolean;
  readonly socket?: string;
  /** Without a number: at a free port. `false` for `--no-ui`. */
  readonly ui?: number | boolean;
}

const EXAMPLES = `
Examples:
  $ hybridge manager run                             # begins with nothing: hybridge manager add
  $ hybridge manager run --config manager.yaml
  $ hybridge manager --config manager.yaml           # the same
  $ hybridge manager run --connection-string file:payroll.txt --endpoint sql01.corp.example:1433

manager.yaml:
  connections:
    - connectionString: file:payroll.txt      # or env:NAME, or the text itself
      endpoint: sql01.corp.example:1433       # the one service that can be reached; without it, the relay says which
  proxy: env:CORP_PROXY                       # if there is one; also ca, systemCa, keepAliveIntervalMs, preconnect, multiplex
  ui: true                                    # pages for a browser of this machine: hybridge manager ui

The file is read again when it changes, and at SIGHUP; what is not changed in it notices nothing. The administrator's
policy, /etc/hybridge/policy.yaml on Linux, overrules all of it.

Prints  manager ready {"connections":[{"name":…,"target":…,"state":"online"}]}  once every hybrid connection is
online; with each one's state when the relay refuses one, or cannot be reached within --ready-timeout-ms.`;

/** @param finish - takes the exit code. */
export function runCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  const command = withNetworkOptions(
    new Command('run')
      .description('Run a manager, until Ctrl-C or SIGTERM; hybridge manager alone does the same')
      .option(
        '--config <file>',
        'hybrid connections and their targets, in YAML or JSON (default: manager.yaml in --data-dir, or in ' +
          '/etc/hybridge or ~/.config/hybridge; it need not be there)',
      )
      .addOption(
        connectionStringOption(
          'instead of --config: connection string of a hybrid connection, with the Listen right',
        ),
      )
      .option(
        '--endpoint <host:port>',
        'with --connection-string: its target, instead of the one that the relay names',
      )
      .option('--no-watch', 'read the file of --config again at SIGHUP only')
      .option(
        '--data-dir <folder>',
        'a folder for each manager: its identity at the relay, and its audit log (default: $STATE_DIRECTORY, if set)',
      )
      .option(
        '--socket <path>',
        'where the other verbs reach it (default: $HYBRIDGE_MANAGER_SOCKET, or manager.sock in --data-dir, in ' +
          '/run/hybridge for root, else in $XDG_RUNTIME_DIR/hybridge or ~/.hybridge)',
      )
      .addOption(
        new Option(
          '--ui [port]',
          'pages for a browser of this machine, at a free port unless one is given (default: as the configuration says)',
        ).argParser(uiPort),
      )
      .addOption(new Option('--no-ui', 'no pages, whatever the configuration says'))
      .addOption(
        new Option('--ready-timeout-ms <ms>', 'how long the ready line waits for relays out of reach')
          .argParser(milliseconds)
          .default(5_000),
      )
      .addOption(preconnectOption())
      .option(
        '--no-multiplex',
        'give each tunnel a connection of its own, even to senders that would share one',
      ),
  );
  return withServiceOptions(command)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments()
    .action(async (options: RunOptions, { args: [excess] }: Command) => {
      // Whatever is no verb comes here, as an argument.
      if (excess !== undefined) {
        throw new UsageError(`unknown command '${excess}' of hybridge manager; see hybridge manager --help`);
      }
      const { runManager } = await import('./run-manager.js');
      finish(await runManager(options, surroundings));
    });
}

function uiPort(text: string): number {
  try {
    return port(text);
  } catch {
    throw new InvalidArgumentError('It is not a port.');
  }
}
