/**
 * `hybridge connection-string`: prints a connection string of a hybrid connection.
 * @module
 */
import { connectionStringOf } from '@hybridge/relay';
import { Command, Option } from 'commander';
import { type RelayDescription, relayConfig, withRelayDescription } from './relay/relay-options.js';
import type { Surroundings } from './surroundings.js';

interface ConnectionStringOptions extends RelayDescription {
  readonly rule: string;
  readonly key: 'primary' | 'secondary';
}

const EXAMPLES = `
Examples:
  $ hybridge connection-string payroll-sql --config relay.yaml --rule defaultListener > listen.txt
  $ hybridge connection-string payroll-sql --config relay.yaml --rule defaultSender > send.txt
  $ hybridge connection-string payroll-sql --port 9090      # of a quick-start relay, with no --config

Give the options that the relay was started with. The output holds a key: keep it where only its user can read it.`;

/** The subcommand. */
export function connectionStringCommand({ stdout }: Surroundings): Command {
  return withRelayDescription(new Command('connection-string').argument('<name>', 'the hybrid connection'))
    .option(
      '--rule <policy>',
      'shared access policy: defaultSender, defaultListener or one of yours',
      'defaultSender',
    )
    .addOption(
      new Option('--key <which>', "which of the policy's keys")
        .choices(['primary', 'secondary'])
        .default('primary'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: ConnectionStringOptions) => {
      const { rule, key } = options;
      stdout.write(`${await connectionStringOf(relayConfig(options), name, { policy: rule, key })}\n`);
    });
}
