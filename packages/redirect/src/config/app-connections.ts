/**
 * What an app has attached at its relay, with the keys that it has for it.
 *
 * Source: docs/management.md (App Service's shapes).
 * @module
 */
import { formatConnectionString } from '@hybridge/sas';
import { type App, inventoryOf, ManagementClient, pathOfId, WEB_VERSION } from '@hybridge/service';
import { fetchThrough, type TransportOptions } from '@hybridge/socket';
import { RedirectConfigError } from './config-error.js';
import { type ConnectionConfig, isRelay, sendConnectionString } from './connection-config.js';
import { parseEndpoint } from './endpoint.js';
import type { AppConfig } from './redirect-config.js';

/** An attached hybrid connection, as the relay describes it. */
interface Attached {
  readonly id: string;
  readonly properties: {
    readonly serviceBusNamespace: string;
    readonly relayName: string;
    readonly hostname: string;
    readonly port: number;
  };
}

/** The app's key for one. A secret. */
interface AttachedKey {
  readonly properties: { readonly sendKeyName: string; readonly sendKeyValue: string };
}

const WEB = { 'api-version': WEB_VERSION };
const RELAY = { 'api-version': '2021-11-01' };

/** Reads an app again and again. */
export class AppConnections {
  readonly #config: AppConfig;
  readonly #client: ManagementClient;

  /** @param transport - how relays are reached now */
  constructor(config: AppConfig, transport: () => TransportOptions) {
    this.#config = config;
    this.#client = new ManagementClient(config.url, config.token, {
      advice: { address: 'check app.url', token: 'check app.token' },
      fetch: (url, request) => fetchThrough(transport())(url, request),
    });
  }

  /**
   * What is attached now.
   * @throws AdminError; RedirectConfigError when there is no such app, or the relay answers what cannot be used
   */
  async read(): Promise<ConnectionConfig[]> {
    const { apps, namespaces } = await inventoryOf(this.#client);
    const app = this.#find(apps);
    const { value } = await this.#client.ask<{ value: Attached[] }>(
      'GET',
      `${pathOfId(app.id)}/hybridConnectionRelays`,
      { query: WEB },
    );
    const endpoints = new Map<string, Promise<string>>();
    const connections: ConnectionConfig[] = [];
    for (const { id, properties } of value) {
      const namespace = namespaces.find(({ name }) => isSame(name, properties.serviceBusNamespace));
      if (namespace === undefined) continue;
      const address = endpoints.get(namespace.id) ?? this.#addressOf(namespace.id);
      endpoints.set(namespace.id, address);
      const key = await this.#client.ask<AttachedKey>('POST', `${pathOfId(id)}/listKeys`, { query: WEB });
      const { sendKeyName, sendKeyValue } = key.properties;
      const connectionString = formatConnectionString({
        endpoint: new URL(await address),
        sharedAccessKeyName: sendKeyName,
        sharedAccessKey: sendKeyValue,
        entityPath: properties.relayName,
      });
      const host = properties.hostname.includes(':') ? `[${properties.hostname}]` : properties.hostname;
      const config = {
        ...sendConnectionString(connectionString),
        endpoint: parseEndpoint(`${host}:${properties.port}`),
      };
      if (!isRelay(config, config.endpoint)) connections.push(config);
    }
    return connections;
  }

  #find(apps: readonly App[]): App {
    const { name, subscription } = this.#config;
    const found = apps.filter(
      (app) =>
        isSame(app.name, name) && (subscription === undefined || isSame(app.subscription, subscription)),
    );
    const [app] = found;
    if (app === undefined) throw new RedirectConfigError(`app.name: the relay has no app ${name}`);
    if (found.length > 1) {
      throw new RedirectConfigError(
        `app.subscription is missing: ${found.length} subscriptions have an app ${name}`,
      );
    }
    return app;
  }

  async #addressOf(namespace: string): Promise<string> {
    const { properties } = await this.#client.ask<{ properties: { serviceBusEndpoint: string } }>(
      'GET',
      pathOfId(namespace),
      { query: RELAY },
    );
    return properties.serviceBusEndpoint;
  }
}

/** Names of the relay's resources are the same in any case. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
