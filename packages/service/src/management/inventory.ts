/**
 * What a relay has to be managed. Times are in ISO 8601.
 *
 * The portal's pages take the types from here, too.
 *
 * Source: docs/management.md (`GET /api/inventory`).
 * @module
 */
import { AdminError } from './admin-error.js';
import type { ManagementClient } from './management-client.js';

/** A name, and where in Azure Resource Manager's addresses it is. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly subscription: string;
  readonly resourceGroup: string;
}

/** A hybrid connection. */
export interface HybridConnection {
  readonly id: string;
  readonly name: string;
  readonly endpoint?: string;
  readonly userMetadata?: string;
  readonly requiresClientAuthorization: boolean;
  readonly listenerCount: number;
  readonly status: 'Connected' | 'NotConnected';
  readonly connections: number;
  /** It stands in the relay's configuration file. */
  readonly declared: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Names of those that have it attached. */
  readonly apps: readonly string[];
}

/** A namespace with all it holds. */
export interface Namespace extends Resource {
  readonly hosts: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly declared: boolean;
  /** Where it takes more or less than others. */
  readonly limits?: { readonly listenersPerHybridConnection?: number; readonly connections?: number };
  readonly hybridConnections: readonly HybridConnection[];
}

/** An application plan, and what its apps use. */
export interface Plan extends Resource {
  readonly tier: string;
  readonly limit: number;
  readonly used: number;
  readonly hybridConnections: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly apps: readonly string[];
  }[];
}

/** An app, and what it has attached. */
export interface App extends Resource {
  readonly plan: string;
  readonly hybridConnections: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly hostname: string;
    readonly port: number;
    readonly sendKeyName: string;
    /** Its key is one that the policy has now. */
    readonly inSync: boolean;
  }[];
}

/** Everything. */
export interface Inventory {
  readonly subscriptions: readonly {
    readonly subscriptionId: string;
    readonly resourceGroups: readonly string[];
  }[];
  readonly namespaces: readonly Namespace[];
  readonly plans: readonly Plan[];
  readonly apps: readonly App[];
}

/** Asks for it. @throws AdminError */
export async function inventoryOf(client: ManagementClient): Promise<Inventory> {
  const inventory = await client.ask<Partial<Inventory> | undefined>('GET', '/api/inventory');
  if (Array.isArray(inventory?.namespaces) && Array.isArray(inventory.apps)) return inventory as Inventory;
  throw new AdminError(
    'ERR_ADMIN_ANSWER',
    `${client.base} does not tell of namespaces and apps as a relay's admin port does: is this the right address?`,
  );
}
