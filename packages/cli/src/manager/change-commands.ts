/**
 * `hybridge manager remove` and `restart`.
 * @module
 */
import type { Connection } from '@hybridge/manager';
import type { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { connectionIn, connectionsOf, pathOfConnection, type VerbOptions, verb, verbOf } from './verb.js';

/** The verb. */
export function removeCommand(surroundings: Surroundings): Command {
  return verb('remove <connection>', 'Take a hybrid connection out of the configuration', [
    'hybridge manager remove payroll-sql',
    'hybridge manager remove relay.example.net/payroll-sql --yes',
  ])
    .option('--yes', 'do not ask')
    .action(async (given: string, options: VerbOptions) => {
      const { client, print, confirm } = await verbOf(options, surroundings);
      const connection = connectionIn(await connectionsOf(client), given);
      const { name, id, namespace, counters } = connection;
      const open = `${counters.open} open ${counters.open === 1 ? 'connection' : 'connections'}`;
      await confirm(`Remove ${name} of ${namespace}, with ${open}?`);
      await client.ask('DELETE', pathOfConnection(connection));
      print({ removed: id, open: counters.open }, () => `removed ${name}, with ${open}\n`);
    });
}

/** The verb. */
export function restartCommand(surroundings: Surroundings): Command {
  return verb('restart <connection>', 'Leave the relay and come back; open connections go on', [
    'hybridge manager restart payroll-sql',
  ]).action(async (given: string, options: VerbOptions) => {
    const { client, print } = await verbOf(options, surroundings);
    const connection = connectionIn(await connectionsOf(client), given);
    const restarted = await client.ask<Connection>('POST', pathOfConnection(connection, 'restart'));
    print(restarted, () => `restarted ${restarted.name}: ${restarted.state.name}\n`);
  });
}
