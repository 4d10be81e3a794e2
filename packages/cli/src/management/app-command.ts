/**
 * `hybridge app`: apps, and the hybrid connections that they have attached.
 * @module
 */
import {
  type App,
  type Inventory,
  inventoryOf,
  keysOf,
  pathOf,
  pathOfId,
  WEB_VERSION,
} from '@hybridge/service';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { type Admin, type AdminOptions, adminCommand, adminOf } from './admin.js';
import { hybridConnectionIn, labelsFor, mustBeNew, resourceIn } from './inventory.js';
import { list, table } from './table.js';

interface CreateOptions extends AdminOptions {
  readonly plan: string;
}

interface AttachOptions extends AdminOptions {
  readonly rule?: string;
  readonly secondary?: true;
}

const EXAMPLES = `
Examples:
  $ hybridge app create shop --plan farm
  $ hybridge app attach shop payroll-sql
  $ hybridge app show shop
  $ hybridge app detach shop payroll-sql --yes`;

const QUERY = { 'api-version': WEB_VERSION };
const LABELLED = { labelled: true };

/** The subcommand. */
export function appCommand(surroundings: Surroundings): Command {
  return new Command('app')
    .addHelpText('after', EXAMPLES)
    .addCommand(
      adminCommand('list', 'List apps').action(async (options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        const { apps } = await inventoryOf(admin.client);
        admin.print(apps, () =>
          table(
            ['NAME', 'PLAN', 'RESOURCE GROUP', 'HYBRID CONNECTIONS'],
            apps.map(({ name, plan, resourceGroup, hybridConnections }) => {
              return [name, plan, resourceGroup, hybridConnections.map((each) => each.name).join(' ')];
            }),
          ),
        );
      }),
    )
    .addCommand(
      adminCommand('show <app>', 'Show an app and what it has attached', LABELLED).action(
        async (name: string, options: AdminOptions) => {
          const admin = adminOf(options, surroundings);
          show(admin, await inventoryOf(admin.client), name, options);
        },
      ),
    )
    .addCommand(
      adminCommand('create <app>', 'Make an app in an application plan', LABELLED)
        .requiredOption('--plan <name>', 'its application plan')
        .action(async (name: string, options: CreateOptions) => {
          const admin = adminOf(options, surroundings);
          const { apps, plans } = await inventoryOf(admin.client);
          const plan = resourceIn(plans, options.plan, 'application plan', options);
          const labels = await labelsFor(admin.client, { ...plan, ...options });
          mustBeNew(
            apps.filter(({ subscription }) => subscription === labels.subscription),
            name,
            'app',
          );
          await put(admin, idOf(labels, name), plan.id);
          show(admin, await inventoryOf(admin.client), name, { ...options, ...labels });
        }),
    )
    .addCommand(
      adminCommand('update <app>', 'Move an app to another application plan', LABELLED)
        .requiredOption('--plan <name>', 'its application plan')
        .action(async (name: string, options: CreateOptions) => {
          const admin = adminOf(options, surroundings);
          const { apps, plans } = await inventoryOf(admin.client);
          const { id, subscription } = resourceIn(apps, name, 'app', options);
          await put(admin, id, resourceIn(plans, options.plan, 'application plan', { subscription }).id);
          show(admin, await inventoryOf(admin.client), name, options);
        }),
    )
    .addCommand(
      adminCommand('delete <app>', 'Delete an app', { labelled: true, destructive: true }).action(
        async (given: string, options: AdminOptions) => {
          const admin = adminOf(options, surroundings);
          const { apps } = await inventoryOf(admin.client);
          const { id, name, hybridConnections } = resourceIn(apps, given, 'app', options);
          await admin.confirm(`Delete the app ${name}, which has attached ${hybridConnections.length}?`);
          await admin.client.delete(pathOfId(id), `app ${name}`, QUERY);
          admin.print({ deleted: name }, () => `deleted ${name}\n`);
        },
      ),
    )
    .addCommand(
      adminCommand('attach <app> <connection>', 'Attach a hybrid connection to an app', {
        namespaced: true,
        labelled: true,
      })
        .option(
          '--rule <policy>',
          'the policy whose key the app sends with (default: the first that may send)',
        )
        .option('--secondary', 'with the secondary key of --rule')
        .action(async (name: string, connection: string, options: AttachOptions) => {
          const admin = adminOf(options, surroundings);
          const inventory = await inventoryOf(admin.client);
          const app = resourceIn(inventory.apps, name, 'app', options);
          const found = hybridConnectionIn(inventory, connection, options);
          const sendKeyName = options.rule ?? (options.secondary && 'defaultSender');
          const keys = options.secondary && (await keysOf(admin.client, found.connection.id, sendKeyName!));
          const properties = {
            relayArmUri: found.connection.id,
            ...(sendKeyName !== undefined && { sendKeyName }),
            ...(keys && { sendKeyValue: keys.secondaryKey }),
          };
          const path = attachmentPath(app, found.namespace.name, found.connection.name);
          await admin.client.ask('PUT', path, { query: QUERY, body: { properties } });
          show(admin, await inventoryOf(admin.client), name, options);
        }),
    )
    .addCommand(
      adminCommand('detach <app> <connection>', 'Disconnect an app from a hybrid connection', {
        namespaced: true,
        labelled: true,
        destructive: true,
      }).action(async (name: string, connection: string, options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        const inventory = await inventoryOf(admin.client);
        const app = resourceIn(inventory.apps, name, 'app', options);
        const found = hybridConnectionIn(inventory, connection, options);
        const what = `the hybrid connection ${found.connection.name}`;
        await admin.confirm(`Disconnect the app ${app.name} from ${what}?`);
        const path = attachmentPath(app, found.namespace.name, found.connection.name);
        await admin.client.delete(path, `attachment of ${what} to the app ${app.name}`, QUERY);
        const place = { namespace: found.namespace.name, hybridConnection: found.connection.name };
        admin.print({ app: app.name, detached: place }, () => `detached ${app.name} from ${what}\n`);
      }),
    );
}

/** A slot is an app with a name in two parts. */
function idOf(
  labels: { readonly subscription: string; readonly resourceGroup: string },
  name: string,
): string {
  const { subscription, resourceGroup } = labels;
  const site = name.replace('/', '/slots/');
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Web/sites/${site}`;
}

function attachmentPath({ id }: App, namespace: string, connection: string): string {
  const name = connection.replaceAll('/', '~');
  return pathOfId(id) + pathOf('hybridConnectionNamespaces', namespace, 'relays', name);
}

async function put({ client }: Admin, id: string, plan: string): Promise<void> {
  await client.ask('PUT', pathOfId(id), { query: QUERY, body: { properties: { serverFarmId: plan } } });
}

function show(admin: Admin, { apps }: Inventory, name: string, options: AdminOptions): void {
  const app = resourceIn(apps, name, 'app', options);
  admin.print(app, () => details(app));
}

function details({ name, plan, subscription, resourceGroup, hybridConnections }: App): string {
  const about = list({
    Name: name,
    Plan: plan,
    Subscription: subscription,
    'Resource group': resourceGroup,
    'Hybrid connections': hybridConnections.length,
  });
  if (hybridConnections.length === 0) return about;
  const rows = hybridConnections.map((each) => {
    const { name: connection, namespace, hostname, port, sendKeyName, inSync } = each;
    return [connection, namespace, `${hostname}:${port}`, sendKeyName, inSync ? 'good' : 'old: sync it'];
  });
  return `${about}\n${table(['HYBRID CONNECTION', 'NAMESPACE', 'ENDPOINT', 'POLICY', 'KEY'], rows)}`;
}
