/**
 * `hybridge connection`: hybrid connections.
 * @module
 */
import {
  type HybridConnection,
  type Inventory,
  inventoryOf,
  keysOf,
  type Namespace,
  pathOfId,
  RELAY_VERSION,
} from '@hybridge/service';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { type Admin, type AdminOptions, adminCommand, adminOf } from './admin.js';
import { hybridConnectionId, hybridConnectionIn, mustBeNew, namespaceIn } from './inventory.js';
import { list, table } from './table.js';
import { withEndpoint } from './user-metadata.js';

interface PutOptions extends AdminOptions {
  readonly endpoint?: string;
  readonly userMetadata?: string;
  /** `false` for `--no-client-authorization`. */
  readonly clientAuthorization?: boolean;
}

interface StringOptions extends AdminOptions {
  readonly rule: string;
  readonly secondary?: true;
}

const EXAMPLES = `
Examples:
  $ hybridge connection list
  $ hybridge connection create payroll-sql --endpoint sql01.corp.example:1433
  $ hybridge connection string payroll-sql --rule defaultListener > listen.txt
  $ hybridge connection update payroll-sql --endpoint sql02.corp.example:1433
  $ hybridge connection delete payroll-sql --yes`;

const QUERY = { 'api-version': RELAY_VERSION };
const NAMESPACED = { namespaced: true };

/** The subcommand. */
export function connectionCommand(surroundings: Surroundings): Command {
  return new Command('connection')
    .addHelpText('after', EXAMPLES)
    .addCommand(
      adminCommand(
        'list',
        'List hybrid connections, those of all namespaces unless one is given',
        NAMESPACED,
      ).action(async (options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        const inventory = await inventoryOf(admin.client);
        const { namespace } = options;
        const chosen = namespace === undefined ? inventory.namespaces : [namespaceIn(inventory, namespace)];
        const connections = chosen.flatMap(shapesOf);
        admin.print(connections, () => connectionTable(connections));
      }),
    )
    .addCommand(
      adminCommand('show <name>', 'Show a hybrid connection', NAMESPACED).action(
        async (name: string, options: AdminOptions) => {
          const admin = adminOf(options, surroundings);
          show(admin, await inventoryOf(admin.client), name, options);
        },
      ),
    )
    .addCommand(
      putCommand(
        'create <name>',
        'Make a hybrid connection, with the policies defaultListener and defaultSender',
      )
        .option('--no-client-authorization', 'senders need no token')
        .action(async (name: string, options: PutOptions) => {
          const admin = adminOf(options, surroundings);
          const namespace = namespaceIn(await inventoryOf(admin.client), options.namespace);
          mustBeNew(namespace.hybridConnections, name, 'hybrid connection');
          await put(admin, namespace, { name }, options);
          show(admin, await inventoryOf(admin.client), name, options);
        }),
    )
    .addCommand(
      putCommand('update <name>', 'Change where a hybrid connection leads, or what is noted of it').action(
        async (name: string, options: PutOptions) => {
          const admin = adminOf(options, surroundings);
          const { namespace, connection } = hybridConnectionIn(
            await inventoryOf(admin.client),
            name,
            options,
          );
          await put(admin, namespace, connection, options);
          show(admin, await inventoryOf(admin.client), name, options);
        },
      ),
    )
    .addCommand(
      adminCommand('delete <name>', 'Delete a hybrid connection, and close what is connected to it', {
        namespaced: true,
        destructive: true,
      }).action(async (given: string, options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        const { connection } = hybridConnectionIn(await inventoryOf(admin.client), given, options);
        const { id, name, listenerCount, connections, apps } = connection;
        await admin.confirm(
          `Delete the hybrid connection ${name}, with ${listenerCount} listeners, ${connections} connections and ${apps.length} apps?`,
        );
        await admin.client.delete(pathOfId(id), `hybrid connection ${name}`, QUERY);
        admin.print({ deleted: name }, () => `deleted ${name}\n`);
      }),
    )
    .addCommand(
      adminCommand('string <name>', 'Print a connection string; it holds a key', NAMESPACED)
        .option('--rule <policy>', 'shared access policy of the hybrid connection', 'defaultSender')
        .option('--secondary', 'with the secondary key')
        .action(async (name: string, options: StringOptions) => {
          const admin = adminOf(options, surroundings);
          const { namespace, connection } = hybridConnectionIn(
            await inventoryOf(admin.client),
            name,
            options,
          );
          const keys = await keysOf(admin.client, connection.id, options.rule);
          const { primaryConnectionString: primary, secondaryConnectionString: secondary } = keys;
          const connectionString = options.secondary ? secondary : primary;
          const place = { namespace: namespace.name, hybridConnection: connection.name, rule: options.rule };
          admin.print({ ...place, connectionString }, () => `${connectionString}\n`);
        }),
    );
}

function putCommand(nameAndArguments: string, description: string): Command {
  return adminCommand(nameAndArguments, description, NAMESPACED)
    .addOption(
      new Option('--endpoint <host:port>', 'its target, as the manager in that network knows it').argParser(
        endpoint,
      ),
    )
    .addOption(
      new Option('--user-metadata <text>', 'the whole user metadata, which may hold the endpoint').conflicts(
        'endpoint',
      ),
    );
}

async function put(
  { client }: Admin,
  namespace: Namespace,
  before: Partial<HybridConnection> & { readonly name: string },
  { endpoint: target, userMetadata: note, clientAuthorization }: PutOptions,
): Promise<void> {
  const userMetadata = target === undefined ? note : withEndpoint(before.userMetadata, target);
  const properties = {
    ...(userMetadata !== undefined && { userMetadata }),
    ...(clientAuthorization === false && { requiresClientAuthorization: false }),
  };
  const path = pathOfId(hybridConnectionId(namespace, before.name));
  await client.ask('PUT', path, { query: QUERY, body: { properties } });
}

/** The relay would take anything for a note, and one with a slip in it for a note without an endpoint. */
function endpoint(text: string): string {
  const [, port] = /^[^\s:/[\]]+:(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new InvalidArgumentError('It is not host:port.');
  }
  return text;
}

/** A hybrid connection with the name of its namespace: what JSON has. */
type Shape = HybridConnection & { readonly namespace: string };

function shapesOf({ name: namespace, hybridConnections }: Namespace): Shape[] {
  return hybridConnections.map((each) => ({ namespace, ...each }));
}

function show(admin: Admin, inventory: Inventory, name: string, options: AdminOptions): void {
  const { namespace, connection } = hybridConnectionIn(inventory, name, options);
  admin.print({ namespace: namespace.name, ...connection }, () =>
    list({
      Name: connection.name,
      Namespace: namespace.name,
      Endpoint: connection.endpoint ?? '-',
      Status: statusOf(connection),
      Listeners: connection.listenerCount,
      Connections: connection.connections,
      'Client authorization': connection.requiresClientAuthorization ? 'required' : 'not required',
      Apps: connection.apps.join(' '),
      'User metadata': connection.userMetadata,
      'In the configuration file': connection.declared,
      Created: connection.createdAt,
      Updated: connection.updatedAt,
    }),
  );
}

/** Hybrid connections as rows. */
export function connectionTable(connections: readonly Shape[]): string {
  return table(
    ['NAME', 'NAMESPACE', 'ENDPOINT', 'STATUS', 'LISTENERS', 'CONNECTIONS', 'APPS'],
    connections.map((each) => {
      const { name, namespace, endpoint, listenerCount, connections: joined, apps } = each;
      return [name, namespace, endpoint, statusOf(each), listenerCount, joined, apps.join(' ')];
    }),
  );
}

function statusOf({ status }: HybridConnection): string {
  return status === 'Connected' ? 'connected' : 'no listener';
}
