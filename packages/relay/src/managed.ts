/**
 * A relay that runs, for those who manage it.
 * @module
 */
import type { EventEmitter } from 'node:events';
import { formatConnectionString } from '@hybridge/sas';
import { Administration } from './administration.js';
import type { ListenOptions } from './config/options.js';
import type { KeySlot } from './directory/directory.js';
import { endpointOf } from './directory/endpoint-of.js';
import type { RelayEvents } from './events.js';
import type { Change, RulePlace } from './model/change.js';
import { fallbackOf } from './model/declare.js';
import type { ManagedRelay } from './model/managed-relay.js';
import type { Management } from './model/management.js';
import type { Model, NamespaceModel, RuleModel } from './model/model.js';
import { placeOf, ruleOf } from './model/names.js';
import type { RelayStatus } from './relay-status.js';

/** What a managed relay is made of. */
export interface ManagedOptions {
  readonly management: Management;
  readonly events: EventEmitter<RelayEvents>;
  readonly publicUrl: string | undefined;
  /** With the port that the relay really has. */
  readonly listen: ListenOptions;
  readonly status: () => RelayStatus | Promise<RelayStatus>;
  readonly cutTunnel: (tunnelId: string) => boolean | Promise<boolean>;
}

/** Management, as one thing. */
export class Managed implements ManagedRelay {
  readonly #options: ManagedOptions;
  /** The same in the words of the configuration. */
  readonly administration: Administration;

  constructor(options: ManagedOptions) {
    this.#options = options;
    this.administration = new Administration({
      relay: this,
      connectionString: ({ namespace, hybridConnection }, rule, key) =>
        this.#format(namespace, hybridConnection.name, rule, key),
    });
  }

  get model(): Model {
    return this.#options.management.model;
  }

  get events(): EventEmitter<RelayEvents> {
    return this.#options.events;
  }

  change(change: Change): Promise<Model> {
    return this.#options.management.change(change);
  }

  status(): RelayStatus | Promise<RelayStatus> {
    return this.#options.status();
  }

  connectionStringOf(place: RulePlace, policy: string, key: KeySlot): string {
    const { namespace, hybridConnection } = placeOf(this.model, place);
    const rule = ruleOf(hybridConnection ?? namespace, policy);
    return this.#format(namespace, hybridConnection?.name, rule, key);
  }

  cutTunnel(tunnelId: string): boolean | Promise<boolean> {
    return this.#options.cutTunnel(tunnelId);
  }

  #format(namespace: NamespaceModel, entityPath: string | undefined, rule: RuleModel, key: KeySlot): string {
    const { publicUrl, listen } = this.#options;
    const isFallback = fallbackOf(this.model.namespaces) === namespace;
    return formatConnectionString({
      endpoint: endpointOf({ publicUrl, listen, namespace: namespace.name, isFallback }),
      sharedAccessKeyName: rule.name,
      sharedAccessKey: key === 'primary' ? rule.primaryKey : rule.secondaryKey,
      ...(entityPath !== undefined && { entityPath }),
    });
  }
}
