/**
 * `hybridge namespace`: namespaces.
 * @module
 */
import { type Inventory, inventoryOf, type Namespace, pathOfId, RELAY_VERSION } from '@hybridge/service';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { type Admin, type AdminOptions, adminCommand, adminOf } from './admin.js';
import { labelsFor, mustBeNew, resourceId, resourceIn } from './inventory.js';
import { repeated, tags } from './repeated.js';
import { list, table } from './table.js';

interface PutOptions extends AdminOptions {
  readonly host?: readonly string[];
  readonly location?: string;
  readonly tag?: Readonly<Record<string, string>>;
}

const EXAMPLES = `
Examples:
  $ hybridge namespace list
  $ hybridge namespace create relay.example.net --host relay.corp.example --tag team=data
  $ hybridge namespace delete relay.example.net --yes`;

const QUERY = { 'api-version': RELAY_VERSION };

/** The subcommand. */
export function namespaceCommand(surroundings: Surroundings): Command {
  return new Command('namespace')
    .addHelpText('after', EXAMPLES)
    .addCommand(
      adminCommand('list', 'List namespaces').action(async (options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        const { namespaces } = await inventoryOf(admin.client);
        admin.print(namespaces, () => overview(namespaces));
      }),
    )
    .addCommand(
      adminCommand('show <name>', 'Show a namespace').action(async (name: string, options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        show(admin, await inventoryOf(admin.client), name);
      }),
    )
    .addCommand(
      putCommand('create <name>', 'Make a namespace').action(async (name: string, options: PutOptions) => {
        const admin = adminOf(options, surroundings);
        mustBeNew((await inventoryOf(admin.client)).namespaces, name, 'namespace');
        const labels = await labelsFor(admin.client, options);
        await put(admin, resourceId(labels, 'Microsoft.Relay/namespaces', name), 'PUT', options);
        show(admin, await inventoryOf(admin.client), name);
      }),
    )
    .addCommand(
      putCommand('update <name>', 'Change a namespace; what is not given stays').action(
        async (name: string, options: PutOptions) => {
          const admin = adminOf(options, surroundings);
          const { id } = resourceIn((await inventoryOf(admin.client)).namespaces, name, 'namespace', options);
          await put(admin, id, 'PATCH', options);
          show(admin, await inventoryOf(admin.client), name);
        },
      ),
    )
    .addCommand(
      adminCommand('delete <name>', 'Delete a namespace with all that it holds', {
        destructive: true,
      }).action(async (given: string, options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        const { namespaces } = await inventoryOf(admin.client);
        const { id, name, hybridConnections } = resourceIn(namespaces, given, 'namespace');
        await admin.confirm(
          `Delete the namespace ${name} with its ${hybridConnections.length} hybrid connections, and close what is connected?`,
        );
        await admin.client.delete(pathOfId(id), `namespace ${name}`, QUERY);
        admin.print({ deleted: name }, () => `deleted ${name}\n`);
      }),
    );
}

function putCommand(nameAndArguments: string, description: string): Command {
  return adminCommand(nameAndArguments, description, { labelled: true })
    .option('--host <name>', 'another name that it answers to; may be repeated', repeated)
    .option('--location <label>', 'where it is, as a label')
    .option('--tag <name=value>', 'a label of your own; may be repeated', tags);
}

async function put({ client }: Admin, id: string, method: string, options: PutOptions): Promise<void> {
  const { host: hosts, location, tag } = options;
  const body = {
    ...(location !== undefined && { location }),
    ...(tag && { tags: tag }),
    ...(hosts && { properties: { hosts } }),
  };
  await client.ask(method, pathOfId(id), { query: QUERY, body });
}

function show(admin: Admin, { namespaces }: Inventory, name: string): void {
  const namespace = resourceIn(namespaces, name, 'namespace');
  admin.print(namespace, () => details(namespace));
}

function overview(namespaces: readonly Namespace[]): string {
  return table(
    ['NAME', 'CONNECTIONS', 'RESOURCE GROUP', 'HOSTS', 'DECLARED'],
    namespaces.map(({ name, hybridConnections, resourceGroup, hosts, declared }) => [
      ...[name, hybridConnections.length, resourceGroup, hosts.join(' '), declared],
    ]),
  );
}

function details(namespace: Namespace): string {
  const { name, subscription, resourceGroup, hosts, hybridConnections, declared } = namespace;
  return list({
    Name: name,
    Subscription: subscription,
    'Resource group': resourceGroup,
    Hosts: hosts.join(' '),
    'Hybrid connections': hybridConnections.length,
    'In the configuration file': declared,
    Created: namespace.createdAt,
    Updated: namespace.updatedAt,
  });
}
