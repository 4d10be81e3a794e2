/**
 * `hybridge manager list`, `show` and `status`: what the running manager has, and how it stands.
 * @module
 */
import type { Connection, ManagerStatus, State } from '@hybridge/manager';
import type { Command } from 'commander';
import { oneLine } from '../log.js';
import { bytes, duration, list, table } from '../management/table.js';
import type { Surroundings } from '../surroundings.js';
import { connectionIn, connectionsOf, type VerbOptions, verb, verbOf } from './verb.js';

/** The verb. */
export function listCommand(surroundings: Surroundings): Command {
  return verb('list', 'List hybrid connections and how they stand', [
    'hybridge manager list',
    `hybridge manager list --json | jq -r '.[] | select(.state.name != "online").name'`,
  ]).action(async (options: VerbOptions) => {
    const { client, print } = await verbOf(options, surroundings);
    const connections = await connectionsOf(client);
    print(connections, () => `${connectionTable(connections)}${troubles(connections)}`);
  });
}

/** The verb. */
export function showCommand(surroundings: Surroundings): Command {
  return verb('show <connection>', 'Show all that is known of a hybrid connection', [
    'hybridge manager show payroll-sql',
    'hybridge manager show relay.example.net/payroll-sql --json',
  ]).action(async (given: string, options: VerbOptions) => {
    const { client, print } = await verbOf(options, surroundings);
    const connection = connectionIn(await connectionsOf(client), given);
    print(connection, () => connectionText(connection));
  });
}

/** The verb. */
export function statusCommand(surroundings: Surroundings): Command {
  return verb('status', 'Show the manager itself: configuration, policy, warnings', [
    'hybridge manager status',
    'hybridge manager status --json | jq .warnings',
  ]).action(async (options: VerbOptions) => {
    const { client, print } = await verbOf(options, surroundings);
    const status = await client.ask<ManagerStatus>('GET', '/api/status');
    print(status, () => statusText(status, client.socket));
  });
}

/** Hybrid connections as rows. */
export function connectionTable(connections: readonly Connection[]): string {
  return table(
    ['NAME', 'RELAY', 'ENDPOINT', 'STATE', 'FOR', 'OPEN', 'CONNECTIONS'],
    connections.map(({ name, namespace, target, state, counters }) => [
      ...[name, namespace, target, state.name, sinceText(state)],
      ...[counters.open, counters.connections],
    ]),
  );
}

/** What is wrong, and what to do, of those that are not online; and targets that fail. */
export function troubles(connections: readonly Connection[]): string {
  const lines = connections.flatMap(({ name, state, targetFailure, clock, replacement }) => [
    ...(state.because ? told(name, state.because, state.statement) : []),
    ...(replacement?.because ? told(`${name}, its changed settings`, replacement.because) : []),
    ...(targetFailure ? told(`${name}, its target`, targetFailure) : []),
    ...(clock ? told(`${name}, the clock`, clock) : []),
  ]);
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}

function told(
  what: string,
  { message, advice }: { readonly message: string; readonly advice?: string },
  statement?: string,
): string[] {
  const said = `${what}: ${statement ?? message}`;
  return [`${oneLine(said)}\n`, ...(advice ? [`  -> ${oneLine(advice)}\n`] : [])];
}

function sinceText({ since }: State): string {
  return duration(Date.now() - Date.parse(since));
}

/** Everything of one. */
function connectionText(connection: Connection): string {
  const { state, relay, counters, traffic } = connection;
  const hour = traffic.minutes.reduce(
    (sum, minute) => ({
      connections: sum.connections + minute.connections,
      bytesToTarget: sum.bytesToTarget + minute.bytesToTarget,
      bytesFromTarget: sum.bytesFromTarget + minute.bytesFromTarget,
    }),
    { connections: 0, bytesToTarget: 0, bytesFromTarget: 0 },
  );
  const flow = (to: number, from: number, per = '') =>
    `${bytes(to)}${per} to the target, ${bytes(from)}${per} from it`;
  return (
    list({
      Name: connection.name,
      State: `${state.name} for ${sinceText(state)}, since ${state.since}`,
      'Next try': state.retryAt,
      Rule: state.rule,
      'Hybrid connection': connection.hybridConnection,
      Namespace: connection.namespace,
      'Service endpoint': connection.serviceEndpoint,
      Endpoint: `${connection.target ?? '-'} (${connection.isConfiguredEndpoint ? 'as configured here' : 'as the relay says'})`,
      Listeners: relay?.listeners,
      Created: relay?.createdAt,
      Updated: relay?.updatedAt,
      Open: counters.open,
      Connections: `${counters.connections}, ${counters.targetFailures} that the target did not take, ${counters.tunnelFailures} broken off`,
      'Traffic now': flow(traffic.toTargetPerSecond, traffic.fromTargetPerSecond, '/s'),
      'Last hour': `${hour.connections} connections, ${flow(hour.bytesToTarget, hour.bytesFromTarget)}`,
      'Since the start': flow(counters.bytesToTarget, counters.bytesFromTarget),
    }) + troubles([connection])
  );
}

function statusText(status: ManagerStatus, socket: string): string {
  const { configFile, policy, update, warnings, connections } = status;
  const online = connections.filter(({ state }) => state.name === 'online').length;
  const about = list({
    Manager: `${status.version}, process ${status.pid} on ${status.host}`,
    Up: duration(Date.now() - Date.parse(status.startedAt)),
    Configuration: configFile?.path ?? 'on its command line',
    'Can be changed here': configFile && (configFile.reason ?? true),
    'Cannot be used': configFile?.problem,
    Policy: policy.unusable ?? policy.path ?? 'none',
    Socket: socket,
    Version: update?.isNewer ? `${update.latest} is newer` : undefined,
    'Hybrid connections': `${connections.length}, ${online} online`,
    Warnings: warnings.length === 0 ? 'none' : warnings.length,
  });
  return `${about}${warnings.map((each) => `  ${oneLine(each)}\n`).join('')}${troubles(connections)}`;
}
