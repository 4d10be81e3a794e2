/**
 * `hybridge manager add`: gives the running manager another hybrid connection, by its connection string or out of what a login found.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AddConnection, Connection, Login } from '@hybridge/manager';
import { readSecretFile, secretFile } from '@hybridge/service';
import { type Command, Option } from 'commander';
import { oneLine } from '../log.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { type ControlClient, ControlError } from './control-client.js';
import { connectionTable, troubles } from './list-command.js';
import { type Choice, choices, choiceTable, newestLogin } from './login-command.js';
import { pathOfConnection, type VerbOptions, verb, verbOf } from './verb.js';

interface AddOptions extends VerbOptions {
  readonly connectionString?: string;
  readonly endpoint?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly all?: true;
}

/** How long it is waited for an outcome, in milliseconds, and how often it is looked. */
const WAIT_MS = 5_000;
const LOOK_MS = 150;

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
    .addOption(
      new Option(
        '--connection-string <text>',
        "with the Listen right; or file:path or env:NAME (of the manager's environment), which the configuration then has; of a file that the manager cannot read, what it holds",
      ),
    )
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
      const settled = await Promise.all(added.map((each) => outcomeOf(client, each)));
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
    return [{ connectionString: reference(connectionString, surroundings), endpoint, name }];
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

/** A path is meant from here; the manager stands somewhere else. */
function reference(text: string, { stderr }: Surroundings): string {
  const given = text.trim();
  if (given.startsWith('file:')) return `file:${secretFile(given)}`;
  if (!given.startsWith('env:') && /SharedAccess(?:Key|Signature)\s*=/i.test(given)) {
    stderr.write(
      'hybridge: warning: a key on the command line is visible in the list of processes: give --connection-string file:path\n',
    );
  }
  return given;
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

/**
 * A service runs as a user of its own, which has neither the variables nor the files of whoever adds. A file is read here then, and the
 * manager keeps what it holds. @throws ControlError, SecretError when it cannot be read here either
 */
async function add(
  client: ControlClient,
  wanted: AddConnection,
  { stderr }: Surroundings,
): Promise<Connection> {
  const ask = (each: AddConnection) => client.ask<Connection>('POST', '/api/connections', each);
  try {
    return await ask(wanted);
  } catch (error) {
    if (!('connectionString' in wanted && error instanceof ControlError)) throw error;
    const { connectionString: given } = wanted;
    if (given.startsWith('env:') && error.message.includes('is not set')) {
      throw new ControlError(error.code, `${error.message} in the manager's own environment: give file:path`);
    }
    if (!(given.startsWith('file:') && error.message.includes('cannot read the file'))) throw error;
    const file = secretFile(given);
    const connection = await ask({ ...wanted, connectionString: readSecretFile(file) });
    stderr.write(
      `hybridge: the manager's user cannot read ${oneLine(file)}: what it holds is in the manager's own configuration now\n`,
    );
    return connection;
  }
}

/** How it stands once that is known, or after some seconds. */
async function outcomeOf(client: ControlClient, connection: Connection): Promise<Connection> {
  let now = connection;
  const until = Date.now() + WAIT_MS;
  while (PASSING.includes(now.state.name) && Date.now() < until) {
    await delay(LOOK_MS);
    now = await client.ask<Connection>('GET', pathOfConnection(connection));
  }
  return now;
}

const PASSING: readonly string[] = ['stopped', 'resolving', 'connecting'];
