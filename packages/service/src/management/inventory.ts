/**
 * What a relay has to be managed.
 *
 * Source: docs/management.md (`GET /api/inventory`).
 * @module
 */
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
  readonly apps: readonly string[];
}

/** A namespace. */
export interface Namespace extends Resource {
  readonly hosts: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly declared: boolean;
  readonly hybridConnections: readonly HybridConnection[];
}

/** An application plan. */
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

/** An app. */
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
  readonly namespaces: readonly Namespace[];
  readonly plans: readonly Plan[];
  readonly apps: readonly App[];
}

/** Asks for it. @throws AdminError */
export function inventoryOf(client: ManagementClient): Promise<Inventory> {
  return client.ask('GET', '/api/inventory');
}
