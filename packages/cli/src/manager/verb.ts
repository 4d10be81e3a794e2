/**
 * What every verb of `hybridge manager` has: how the running manager is found, how it is said what came of it, and how a hybrid
 * connection is named.
 * @module
 */
import type { Connection } from '@hybridge/manager';
import { Command, Option } from 'commander';
import { confirmed, jsonText } from '../management/admin.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { type ControlClient, ControlError, reachManager } from './control-client.js';

/** The options of all of them. */
export interface VerbOptions {
  readonly socket?: string;
  readonly json?: true;
  /** Of those that take something away. */
  readonly yes?: true;
}

/** What a verb works with. */
export interface Verb {
  readonly client: ControlClient;
  readonly surroundings: Surroundings;
  /** Prints JSON where that was asked for, and else the text. */
  print(value: unknown, text: () => string): void;
  /** Goes on when a person says so, or `--yes` did. @throws UsageError when it does not */
  confirm(question: string): Promise<void>;
}

/** A verb, with the options of all. */
export function verb(nameAndArguments: string, description: string, examples: readonly string[]): Command {
  const [name = '', ...rest] = nameAndArguments.split(' ');
  const command = new Command(name).description(description);
  if (rest.length > 0) command.arguments(rest.join(' '));
  return command
    .addOption(
      new Option(
        '--socket <path>',
        'the control socket of the manager (default: $HYBRIDGE_MANAGER_SOCKET, or where this user or the system has one)',
      ),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExamples:\n${examples.map((each) => `  $ ${each}\n`).join('')}`.trimEnd());
}

/** @throws ControlError when no manager runs here */
export async function verbOf(options: VerbOptions, surroundings: Surroundings): Promise<Verb> {
  return {
    client: await reachManager(options, surroundings),
    surroundings,
    print: (value, text) => surroundings.stdout.write(options.json ? jsonText(value) : text()),
    confirm: (question) => confirmed(question, options, surroundings),
  };
}

/** All that the manager has. @throws ControlError */
export async function connectionsOf(client: ControlClient): Promise<readonly Connection[]> {
  const { value } = await client.ask<{ value: readonly Connection[] }>('GET', '/api/connections');
  return value;
}

/**
 * The hybrid connection that is meant: by its name here, by its id, or by its name at the relay.
 * @throws ControlError when there is none, UsageError when there are several
 */
export function connectionIn(connections: readonly Connection[], given: string): Connection {
  const exact = connections.find(({ name, id }) => name === given || id === given.toLowerCase());
  if (exact !== undefined) return exact;
  const [only, ...others] = connections.filter(
    ({ name, hybridConnection }) =>
      name.toLowerCase() === given.toLowerCase() || hybridConnection.toLowerCase() === given.toLowerCase(),
  );
  if (only === undefined) {
    const names = connections.map(({ name }) => name).join(', ') || 'none';
    throw new ControlError(
      'ERR_MANAGER_NOT_FOUND',
      `the manager has no hybrid connection ${given} (it has: ${names})`,
    );
  }
  if (others.length > 0) throw new UsageError(`there are several ${given}: give one as ${only.id}`);
  return only;
}

/** Its address below the control API. */
export function pathOfConnection({ id }: Pick<Connection, 'id'>, ...more: readonly string[]): string {
  return ['/api/connections', encodeURIComponent(id), ...more].join('/');
}

/** A query of those values that are given. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): URLSearchParams {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
}
