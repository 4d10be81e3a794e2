/**
 * `hybridge manager add`: gives the running manager another hybrid connection, by its connection string or out of what a login found.
 * @module
 */
import type { AddConnection, Connection, Login } from '@hybridge/manager';
import type { Command } from 'commander';
import { oneLine } from '../log.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { connectionStringOption, givenReference, handedOver } from './connection-reference.js';
import { type ControlClient, ControlError } from './control-client.js';
import { connectionTable, troubles } from './list-command.js';
import { type Choice, choices, choiceTable, newestLogin } from './login-command.js';
import { settledConnection } from './settled-connection.js';
import { type VerbOptions, verb, verbOf } from './verb.js';

interface AddOptions extends VerbOptions {
  readonly connectionString?: string;
  readonly endpoint?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly all?: true;
}

/** The verb. */
export function addCommand(surroundings: Surroundings): Command {
  return verb(
    'add [hybrid-connection...]',
    'Add a hybrid connection: by its connection string, or by its name after a login',
    [
      'hybridge manager add --connection-string file:payroll.txt --endpoint sql01.corp.example:1433',
      'hybridge manager add payroll-sql reports --namespace relay.example.net   # after hybridge manager login',
      'hybridge manager add                                                     # asks which',
      'hybridge manager add --all',
    ],
  )
    .addOption(connectionStringOption())
    .option('--endpoint <host:port>', 'its target, instead of the one that the relay names')
    .option('--name <name>', 'what status and logs call it (default: its own name)')
    .option('--namespace <name>', 'the namespace, where several have one of that name')
    .option('--all', 'all that can be added after a login')
    .action(async (names: readonly string[], options: AddOptions) => {
      const { client, print } = await verbOf(options, surroundings);
      const added: Connection[] = [];
      for (const wanted of await wantedBy(names, options, client, surroundings)) {
        added.push(await add(client, wanted, surroundings));
      }
      const settled = await Promise.all(added.map((each) => settledConnection(client, each)));
      print(settled, () =>
        settled.length === 0
          ? 'there is nothing to add\n'
          : `added:\n${connectionTable(settled)}${troubles(settled)}`,
      );
    });
}

async function wantedBy(
  names: readonly string[],
  options: AddOptions,
  client: ControlClient,
  surroundings: Surroundings,
): Promise<readonly AddConnection[]> {
  const { connectionString, endpoint, name, all } = options;
  if (connectionString !== undefined) {
    if (names.length > 0 || all || options.namespace !== undefined) {
      throw new UsageError('--connection-string says which one: give no names, no --namespace and no --all');
    }
    return [{ connectionString: givenReference(connectionString, surroundings), endpoint, name }];
  }
  const login = await newestLogin(client);
  const chosen = await chosenBy(names, login, options, surroundings);
  if (chosen.length > 1 && (endpoint !== undefined || name !== undefined)) {
    throw new UsageError('--endpoint and --name are for one hybrid connection');
  }
  return chosen.map(({ namespace, name: hybridConnection }) => ({
    ...{ login: login.id, namespace, hybridConnection },
    ...{ endpoint, name },
  }));
}

async function chosenBy(
  names: readonly string[],
  login: Login,
  { namespace, all }: AddOptions,
  surroundings: Surroundings,
): Promise<readonly Choice[]> {
  const there = choices(login).filter(
    (each) => namespace === undefined || each.namespace.toLowerCase() === namespace.toLowerCase(),
  );
  const free = there.filter(({ isConfigured, reason }) => !isConfigured && reason === undefined);
  if (all) {
    if (names.length > 0) throw new UsageError('--all stands without names');
    return free;
  }
  if (names.length > 0) return names.map((name) => choiceIn(there, name));
  const { ask, stderr } = surroundings;
  if (ask === undefined)
    throw new UsageError('give --connection-string, names of hybrid connections, or --all');
  if (free.length === 0) return [];
  stderr.write(choiceTable(free, true));
  return picked(free, await ask('Which? Numbers such as 1 3-5, or all: '));
}

/** @throws ControlError, UsageError */
function choiceIn(there: readonly Choice[], given: string): Choice {
  const [only, ...others] = there.filter(({ name }) => name.toLowerCase() === given.toLowerCase());
  if (only === undefined) {
    throw new ControlError('ERR_MANAGER_NOT_FOUND', `the relay has no hybrid connection ${oneLine(given)}`);
  }
  if (others.length > 0) {
    const namespaces = [only, ...others].map(({ namespace }) => namespace).join(', ');
    throw new UsageError(`several namespaces have a ${only.name}: give --namespace (${namespaces})`);
  }
  return only;
}

/** `1 3-5`, `2,4` or `all`. @throws UsageError */
export function picked<Item>(from: readonly Item[], answer: string): readonly Item[] {
  const given = answer.trim().toLowerCase();
  if (given === 'all') return from;
  const numbers = new Set<number>();
  for (const word of given.split(/[\s,]+/).filter((each) => each !== '')) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(word) ?? [];
    if (
      first === undefined ||
      Number(first) < 1 ||
      Number(last) > from.length ||
      Number(first) > Number(last)
    ) {
      throw new UsageError(`${JSON.stringify(oneLine(word))} is no number from 1 to ${from.length}`);
    }
    for (let number = Number(first); number <= Number(last); number += 1) numbers.add(number);
  }
  if (numbers.size === 0) throw new UsageError('nothing was chosen');
  return [...numbers].sort((one, other) => one - other).map((number) => from[number - 1]!);
}

/** @throws ControlError, SecretError */
async function add(
  client: ControlClient,
  wanted: AddConnection,
  surroundings: Surroundings,
): Promise<Connection> {
  const ask = (each: AddConnection) => client.ask<Connection>('POST', '/api/connections', each);
  try {
    if (!('connectionString' in wanted)) return await ask(wanted);
    const { connectionString: given, ...details } = wanted;
    return await handedOver(given, (connectionString) => ask({ ...details, connectionString }), surroundings);
  } catch (error) {
    if (!(error instanceof ControlError && error.message.endsWith('is there already'))) throw error;
    throw new ControlError(
      error.code,
      `${error.message}; another key, endpoint or name: hybridge manager update`,
    );
  }
}
