/**
 * How what a command line names is found among what a relay has to be managed.
 * @module
 */
import {
  AdminError,
  type HybridConnection,
  type Inventory,
  type ManagementClient,
  type Namespace,
  type Resource,
} from '@hybridge/service';
import { UsageError } from '../usage-error.js';
import type { AdminOptions } from './admin.js';

/** Names are the same in any case. */
export function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/**
 * The namespace that is meant: the one of that name, or the only one.
 * @throws UsageError when there are several and none was named; AdminError when there is none.
 */
export function namespaceIn({ namespaces }: Inventory, name: string | undefined): Namespace {
  if (name !== undefined) return found(namespaces, name, 'namespace');
  const [only, ...others] = namespaces;
  if (only === undefined) {
    throw new AdminError(
      'ERR_ADMIN_NOT_FOUND',
      'the relay has no namespace: make one with hybridge namespace create',
    );
  }
  if (others.length === 0) return only;
  const names = namespaces.map((each) => each.name);
  const told = names.length > 6 ? `${names.slice(0, 6).join(', ')} …` : names.join(', ');
  throw new UsageError(`the relay has several namespaces: give --namespace (${told})`);
}

/** A hybrid connection, and the namespace that it is in. @throws UsageError, AdminError */
export function hybridConnectionIn(
  inventory: Inventory,
  name: string,
  options: AdminOptions,
): { readonly namespace: Namespace; readonly connection: HybridConnection } {
  const namespace = namespaceIn(inventory, options.namespace);
  const what = `hybrid connection in the namespace ${namespace.name}`;
  return { namespace, connection: found(namespace.hybridConnections, name, what) };
}

/**
 * The resource of a name, and of the labels where those are given.
 * @throws AdminError when there is none; UsageError when there are several.
 */
export function resourceIn<Item extends Resource>(
  items: readonly Item[],
  name: string,
  what: string,
  labels: AdminOptions = {},
): Item {
  const { subscription, resourceGroup } = labels;
  const same = items.filter(
    (item) =>
      isSame(item.name, name) &&
      (subscription === undefined || isSame(item.subscription, subscription)) &&
      (resourceGroup === undefined || isSame(item.resourceGroup, resourceGroup)),
  );
  if (same.length > 1) {
    throw new UsageError(`there are several ${what}s ${name}: give --subscription and --resource-group`);
  }
  return found(same, name, what);
}

function found<Item extends { readonly name: string }>(
  items: readonly Item[],
  name: string,
  what: string,
): Item {
  const item = items.find((each) => isSame(each.name, name));
  if (item === undefined) throw new AdminError('ERR_ADMIN_NOT_FOUND', `there is no ${what} named ${name}`);
  return item;
}

/** Labels for what is new: those that are given, and the relay's own for the others. */
export async function labelsFor(
  client: ManagementClient,
  { subscription, resourceGroup }: AdminOptions,
): Promise<{ readonly subscription: string; readonly resourceGroup: string }> {
  if (subscription !== undefined && resourceGroup !== undefined) return { subscription, resourceGroup };
  const { labels } = await client.ask<{ labels: { subscription: string; resourceGroup: string } }>(
    'GET',
    '/api/session',
  );
  return {
    subscription: subscription ?? labels.subscription,
    resourceGroup: resourceGroup ?? labels.resourceGroup,
  };
}

/** The id of a resource that may not be there yet. @param type - such as `Microsoft.Relay/namespaces` */
export function resourceId(
  { subscription, resourceGroup }: { readonly subscription: string; readonly resourceGroup: string },
  type: string,
  name: string,
): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/${type}/${name}`;
}

/** The id of a hybrid connection; a slash in its name is `~`, as Azure does it. */
export function hybridConnectionId(namespace: Namespace, name: string): string {
  return `${namespace.id}/hybridConnections/${name.replaceAll('/', '~')}`;
}

/** Refuses to make what is there. @throws AdminError */
export function mustBeNew(items: readonly { readonly name: string }[], name: string, what: string): void {
  if (!items.some((each) => isSame(each.name, name))) return;
  throw new AdminError('ERR_ADMIN_REFUSED', `there is a ${what} named ${name} already: update changes it`);
}
