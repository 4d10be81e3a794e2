/**
 * `hybridge manager update`: another key, endpoint or name for a hybrid connection that the running manager has. Nothing that is open
 * through it ends, and the others do not notice.
 * @module
 */
import type { ChangeConnection, Connection } from '@hybridge/manager';
import type { KeySlot } from '@hybridge/service';
import { type Command, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { connectionStringOption, givenReference, handedOver } from './connection-reference.js';
import type { ControlClient } from './control-client.js';
import { connectionTable, troubles } from './list-command.js';
import { newestLogin } from './login-command.js';
import { isInForce, settledConnection } from './settled-connection.js';
import { connectionIn, connectionsOf, pathOfConnection, type VerbOptions, verb, verbOf } from './verb.js';

interface UpdateOptions extends VerbOptions {
  readonly connectionString?: string;
  /** `true` where no slot is said. */
  readonly newKey?: true | KeySlot;
  /** `false` for `--no-endpoint`. */
  readonly endpoint?: string | false;
  /** `false` for `--no-name`. */
  readonly name?: string | false;
}

/** The verb. @param finish - takes the exit code. */
export function updateCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  return verb(
    'update <connection>',
    'Change the key, the endpoint or the name of a hybrid connection; open connections go on',
    [
      'hybridge manager update payroll-sql --connection-string file:payroll.txt   # a key that was rolled',
      'hybridge manager update payroll-sql --new-key        # the same, after hybridge manager login',
      'hybridge manager update payroll-sql --endpoint sql02.corp.example:1433',
      'hybridge manager update payroll-sql --name payroll',
    ],
  )
    .alias('set')
    .addOption(connectionStringOption())
    .addOption(
      new Option(
        '--new-key [slot]',
        'the key that the relay has for it now, by the newest login: primary, unless secondary is said',
      ).choices(['primary', 'secondary']),
    )
    .option('--endpoint <host:port>', 'its target, from now on')
    .option('--no-endpoint', 'the target that the relay names')
    .option('--name <name>', 'what status and logs call it')
    .addOption(new Option('--no-name', "the hybrid connection's own name"))
    .addHelpText(
      'after',
      '\nAnother key is tried beside the former one, which stays until the relay has taken it. Ends with 1 when it did not in five seconds.',
    )
    .action(async (given: string, options: UpdateOptions) => {
      const { client, print } = await verbOf(options, surroundings);
      const former = connectionIn(await connectionsOf(client), given);
      const changed = await change(client, former, { options, surroundings });
      const settled = await settledConnection(client, changed, former);
      print(settled, () => `updated:\n${connectionTable([settled])}${troubles([settled])}`);
      const isAnotherKey = options.connectionString !== undefined || options.newKey !== undefined;
      if (isAnotherKey && !isInForce(settled)) finish(1);
    });
}

/** @throws ControlError, UsageError, SecretError */
async function change(
  client: ControlClient,
  former: Connection,
  { options, surroundings }: { readonly options: UpdateOptions; readonly surroundings: Surroundings },
): Promise<Connection> {
  const { connectionString, newKey, endpoint, name } = options;
  if ([connectionString, newKey, endpoint, name].every((option) => option === undefined)) {
    throw new UsageError('say what is to change: --connection-string, --new-key, --endpoint or --name');
  }
  if (connectionString !== undefined && newKey) {
    throw new UsageError('--connection-string and --new-key exclude each other');
  }
  const changes: ChangeConnection = {
    ...(newKey && { login: (await newestLogin(client)).id }),
    ...(typeof newKey === 'string' && { key: newKey }),
    ...(endpoint !== undefined && { endpoint: endpoint || null }),
    ...(name !== undefined && { name: name || null }),
  };
  const ask = (all: ChangeConnection) => client.ask<Connection>('PATCH', pathOfConnection(former), all);
  if (connectionString === undefined) return ask(changes);
  const reference = givenReference(connectionString, surroundings);
  return handedOver(reference, (text) => ask({ ...changes, connectionString: text }), surroundings);
}
