/**
 * What the portal asks of a relay, a function a question.
 *
 * Resources are read and written in the shapes of Azure Resource Manager (docs/protocol.md, section 6.2); what Azure has
 * no words for is below `/api`.
 * @module
 */
import type { ApiClient } from '@hybridge/ui';
import type {
  AdminToken,
  AuditRecord,
  ClosedTunnel,
  Inventory,
  KeySlot,
  Keys,
  Listener,
  Metering,
  PolicyUse,
  Role,
  Rule,
  SeriesAnswer,
  SessionInfo,
  Tunnel,
} from './types.js';

const RELAY = { 'api-version': '2021-11-01' };
const WEB = { 'api-version': '2016-08-01' };

/** A hybrid connection, or a whole namespace, or without anything the whole relay. */
export interface Place {
  readonly namespace?: string;
  readonly hybridConnection?: string;
}

/** Where something new goes. */
export interface Labels {
  readonly subscription: string;
  readonly resourceGroup: string;
}

/** Talks to one relay. */
export class RelayApi {
  readonly client: ApiClient;

  constructor(client: ApiClient) {
    this.client = client;
  }

  session(): Promise<SessionInfo> {
    return this.client.get('api/session');
  }

  inventory(): Promise<Inventory> {
    return this.client.get('api/inventory');
  }

  tunnels(place: Place, signal?: AbortSignal): Promise<{ total: number; tunnels: readonly Tunnel[] }> {
    return this.client.get('api/tunnels', { ...place, limit: 200 }, signal);
  }

  cutTunnel(id: string): Promise<void> {
    return this.client.send('DELETE', `api/tunnels/${encodeURIComponent(id)}`);
  }

  closed(place: Place, signal?: AbortSignal): Promise<{ closed: readonly ClosedTunnel[] }> {
    return this.client.get('api/closed', { ...place, limit: 100 }, signal);
  }

  listeners(place: Place, signal?: AbortSignal): Promise<{ listeners: readonly Listener[] }> {
    return this.client.get('api/listeners', { ...place }, signal);
  }

  series(place: Place, minutes: number, signal?: AbortSignal): Promise<SeriesAnswer> {
    return this.client.get('api/series', { ...place, minutes }, signal);
  }

  metering(signal?: AbortSignal): Promise<Metering> {
    return this.client.get('api/metering', {}, signal);
  }

  audit(
    filter: Readonly<Record<string, string | undefined>>,
    signal?: AbortSignal,
  ): Promise<{ records: readonly AuditRecord[]; next?: string }> {
    return this.client.get('api/audit', { limit: 100, ...filter }, signal);
  }

  keyUse(place: Place, signal?: AbortSignal): Promise<{ policies: readonly PolicyUse[] }> {
    return this.client.get('api/key-use', { ...place }, signal);
  }

  syncKeys(
    namespace: string,
    hybridConnection: string,
    key: KeySlot,
  ): Promise<{ updated: readonly unknown[] }> {
    return this.client.send('POST', 'api/sync-keys', { body: { namespace, hybridConnection, key } });
  }

  putNamespace(labels: Labels, name: string): Promise<void> {
    const path = `${groupPath(labels)}/providers/Microsoft.Relay/namespaces/${encodeURIComponent(name)}`;
    return this.client.send('PUT', path, { query: RELAY, body: { location: 'relay', properties: {} } });
  }

  /** @param namespaceId - its resource id */
  putHybridConnection(namespaceId: string, name: string, properties: object): Promise<void> {
    const path = `${namespaceId}/hybridConnections/${segment(name)}`;
    return this.client.send('PUT', path, { query: RELAY, body: { properties } });
  }

  /** @param id - of a namespace or a hybrid connection */
  remove(id: string): Promise<void> {
    return this.client.send('DELETE', id, { query: RELAY });
  }

  /** @param id - of a namespace or a hybrid connection */
  rules(id: string, signal?: AbortSignal): Promise<{ value: readonly Rule[] }> {
    return this.client.get(`${id}/authorizationRules`, RELAY, signal);
  }

  /** @param id - of the namespace or the hybrid connection that has the policy */
  keys(id: string, policy: string): Promise<Keys> {
    return this.client.send('POST', `${rulePath(id, policy)}/listKeys`, { query: RELAY });
  }

  /** @param id - of the namespace or the hybrid connection that has the policy */
  regenerate(id: string, policy: string, key: KeySlot): Promise<Keys> {
    const keyType = key === 'primary' ? 'PrimaryKey' : 'SecondaryKey';
    return this.client.send('POST', `${rulePath(id, policy)}/regenerateKeys`, {
      query: RELAY,
      body: { keyType },
    });
  }

  putPlan(labels: Labels, name: string, tier: string): Promise<void> {
    return this.client.send('PUT', planPath(labels, name), {
      query: WEB,
      body: { location: 'relay', sku: { name: tier, tier } },
    });
  }

  /** @param planId - resource id of its plan */
  putApp(labels: Labels, name: string, planId: string): Promise<void> {
    return this.client.send('PUT', appPath(labels, name), {
      query: WEB,
      body: { location: 'relay', properties: { serverFarmId: planId } },
    });
  }

  /** @param id - of a plan or an app */
  removeWeb(id: string): Promise<void> {
    return this.client.send('DELETE', id, { query: WEB });
  }

  attach(
    appId: string,
    namespace: string,
    hybridConnection: { id: string; name: string; endpoint?: string },
  ): Promise<void> {
    const [hostname, port] = hybridConnection.endpoint?.split(':') ?? [];
    const properties = {
      serviceBusNamespace: namespace,
      relayName: hybridConnection.name,
      relayArmUri: hybridConnection.id,
      ...(hostname === undefined ? {} : { hostname, port: Number(port) }),
    };
    return this.client.send('PUT', attachmentPath(appId, namespace, hybridConnection.name), {
      query: WEB,
      body: { properties },
    });
  }

  detach(appId: string, namespace: string, hybridConnection: string): Promise<void> {
    return this.client.send('DELETE', attachmentPath(appId, namespace, hybridConnection), { query: WEB });
  }

  tokens(): Promise<{ tokens: readonly AdminToken[] }> {
    return this.client.get('api/tokens');
  }

  addToken(name: string, role: Role, expiresAt: string | undefined): Promise<AdminToken & { token: string }> {
    return this.client.send('POST', 'api/tokens', {
      body: { name, role, ...(expiresAt === undefined ? {} : { expiresAt }) },
    });
  }

  revokeToken(id: string): Promise<void> {
    return this.client.send('DELETE', `api/tokens/${encodeURIComponent(id)}`);
  }
}

/** Resource id of a plan. */
export function planPath(labels: Labels, name: string): string {
  return `${groupPath(labels)}/providers/Microsoft.Web/serverfarms/${encodeURIComponent(name)}`;
}

/** Resource id of an app. */
export function appPath(labels: Labels, name: string): string {
  return `${groupPath(labels)}/providers/Microsoft.Web/sites/${encodeURIComponent(name)}`;
}

function groupPath({ subscription, resourceGroup }: Labels): string {
  return `/subscriptions/${encodeURIComponent(subscription)}/resourceGroups/${encodeURIComponent(resourceGroup)}`;
}

function rulePath(id: string, policy: string): string {
  return `${id}/authorizationRules/${encodeURIComponent(policy)}`;
}

function attachmentPath(appId: string, namespace: string, hybridConnection: string): string {
  return `${appId}/hybridConnectionNamespaces/${encodeURIComponent(namespace)}/relays/${segment(hybridConnection)}`;
}

/** Names may hold slashes, which Azure Resource Manager writes as `~`. */
function segment(name: string): string {
  return encodeURIComponent(name.replaceAll('/', '~'));
}
