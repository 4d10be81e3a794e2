/**
 * Addresses of resources, as Azure Resource Manager writes them.
 *
 * Source: docs/protocol.md, section 6.2.
 * @module
 */
import type { ResourceLabels } from '../model/model.js';

/** `/subscriptions/S/resourceGroups/RG` */
export function groupId({ subscription, resourceGroup }: ResourceLabels): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}`;
}

/** Of a namespace. */
export function namespaceId(namespace: ResourceLabels & { readonly name: string }): string {
  return `${groupId(namespace)}/providers/Microsoft.Relay/namespaces/${namespace.name}`;
}

/** Of a hybrid connection. A slash in its name is written `~`, as Azure does it. */
export function hybridConnectionId(
  namespace: ResourceLabels & { readonly name: string },
  name: string,
): string {
  return `${namespaceId(namespace)}/hybridConnections/${name.replaceAll('/', '~')}`;
}

/** Of an app, or of a slot of one, which is an app with the name `app/slot`. */
export function siteId(app: ResourceLabels & { readonly name: string }): string {
  return `${groupId(app)}/providers/Microsoft.Web/sites/${app.name.replace('/', '/slots/')}`;
}

/** Of an application plan. */
export function planId(plan: ResourceLabels & { readonly name: string }): string {
  return `${groupId(plan)}/providers/Microsoft.Web/serverfarms/${plan.name}`;
}

/** The name that stands in an address, where a slash may be `~`, which no name contains. */
export function hybridConnectionNameIn(segment: string): string {
  return segment.replaceAll('~', '/');
}

/** What the id of a hybrid connection says. */
export interface HybridConnectionReference extends ResourceLabels {
  readonly namespace: string;
  readonly hybridConnection: string;
}

/** Reads the id of a hybrid connection, in any case; `undefined` when it is none. */
export function parseHybridConnectionId(id: string): HybridConnectionReference | undefined {
  const [, subscription, resourceGroup, namespace, name] =
    /^\/?subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Relay\/namespaces\/([^/]+)\/hybridConnections\/(.+?)\/?$/i.exec(
      id,
    ) ?? [];
  if (!subscription || !resourceGroup || !namespace || !name) return undefined;
  return { subscription, resourceGroup, namespace, hybridConnection: hybridConnectionNameIn(name) };
}

/** Reads the id of an application plan, or its bare name; `undefined` when it is neither. */
export function parsePlanId(
  id: string,
): { readonly name: string; readonly subscription?: string } | undefined {
  if (/^[^/]+$/.test(id)) return { name: id };
  const [, subscription, name] =
    /^\/?subscriptions\/([^/]+)\/resourceGroups\/[^/]+\/providers\/Microsoft\.Web\/serverfarms\/([^/]+)\/?$/i.exec(
      id,
    ) ?? [];
  return subscription && name ? { name, subscription } : undefined;
}
