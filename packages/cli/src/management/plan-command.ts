/**
 * `hybridge plan`: application plans, which limit how many hybrid connections their apps use.
 * @module
 */
import { type Inventory, inventoryOf, type Plan, pathOfId, WEB_VERSION } from '@hybridge/service';
import { Command, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { type Admin, type AdminOptions, adminCommand, adminOf } from './admin.js';
import { labelsFor, mustBeNew, resourceId, resourceIn } from './inventory.js';
import { list, table } from './table.js';

interface TierOptions extends AdminOptions {
  readonly tier: string;
}

const EXAMPLES = `
Examples:
  $ hybridge plan create farm --tier Standard
  $ hybridge plan show farm
  $ hybridge plan update farm --tier Premium

The apps of a plan may use so many hybrid connections together: Basic 5, Standard 25, Premium 200, Isolated 200.`;

const QUERY = { 'api-version': WEB_VERSION };
const TIERS = ['Basic', 'Standard', 'Premium', 'Isolated'];
const LABELLED = { labelled: true };

/** The subcommand. */
export function planCommand(surroundings: Surroundings): Command {
  return new Command('plan')
    .addHelpText('after', EXAMPLES)
    .addCommand(
      adminCommand('list', 'List application plans').action(async (options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        const { plans } = await inventoryOf(admin.client);
        admin.print(plans, () =>
          table(
            ['NAME', 'TIER', 'USED', 'LIMIT', 'RESOURCE GROUP'],
            plans.map(({ name, tier, used, limit, resourceGroup }) => [
              name,
              tier,
              used,
              limit,
              resourceGroup,
            ]),
          ),
        );
      }),
    )
    .addCommand(
      adminCommand('show <plan>', 'Show an application plan and what its apps use', LABELLED).action(
        async (name: string, options: AdminOptions) => {
          const admin = adminOf(options, surroundings);
          show(admin, await inventoryOf(admin.client), name, options);
        },
      ),
    )
    .addCommand(
      adminCommand('create <plan>', 'Make an application plan', LABELLED)
        .addOption(tierOption().default('Standard'))
        .action(async (name: string, options: TierOptions) => {
          const admin = adminOf(options, surroundings);
          const labels = await labelsFor(admin.client, options);
          const { plans } = await inventoryOf(admin.client);
          const near = plans.filter(({ subscription }) => subscription === labels.subscription);
          mustBeNew(near, name, 'application plan');
          await put(admin, resourceId(labels, 'Microsoft.Web/serverfarms', name), options);
          show(admin, await inventoryOf(admin.client), name, { ...options, ...labels });
        }),
    )
    .addCommand(
      adminCommand('update <plan>', 'Change the tier of an application plan', LABELLED)
        .addOption(tierOption().makeOptionMandatory())
        .action(async (name: string, options: TierOptions) => {
          const admin = adminOf(options, surroundings);
          const { plans } = await inventoryOf(admin.client);
          await put(admin, resourceIn(plans, name, 'application plan', options).id, options);
          show(admin, await inventoryOf(admin.client), name, options);
        }),
    )
    .addCommand(
      adminCommand('delete <plan>', 'Delete an application plan that has no apps', {
        labelled: true,
        destructive: true,
      }).action(async (given: string, options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        const { plans } = await inventoryOf(admin.client);
        const { id, name } = resourceIn(plans, given, 'application plan', options);
        await admin.confirm(`Delete the application plan ${name}?`);
        await admin.client.delete(pathOfId(id), `application plan ${name}`, QUERY);
        admin.print({ deleted: name }, () => `deleted ${name}\n`);
      }),
    );
}

function tierOption(): Option {
  return new Option('--tier <tier>', 'which decides the limit').choices(TIERS);
}

async function put({ client }: Admin, id: string, { tier }: TierOptions): Promise<void> {
  await client.ask('PUT', pathOfId(id), { query: QUERY, body: { sku: { tier } } });
}

function show(admin: Admin, { plans }: Inventory, name: string, options: AdminOptions): void {
  const plan = resourceIn(plans, name, 'application plan', options);
  admin.print(plan, () => details(plan));
}

function details({ name, tier, subscription, resourceGroup, used, limit, hybridConnections }: Plan): string {
  const about = list({
    Name: name,
    Tier: tier,
    Subscription: subscription,
    'Resource group': resourceGroup,
    Used: `${used} of ${limit}`,
  });
  if (hybridConnections.length === 0) return about;
  const rows = hybridConnections.map((each) => [each.name, each.namespace, each.apps.join(' ')]);
  return `${about}\n${table(['HYBRID CONNECTION', 'NAMESPACE', 'APPS'], rows)}`;
}
