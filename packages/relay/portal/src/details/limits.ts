/**
 * How much a namespace takes: what it says itself, else what the relay says, else what is documented.
 *
 * Source: docs/protocol.md, section 9.1.
 * @module
 */
import type { Namespace, SessionInfo } from '../api/types.js';

/** What use is measured against. */
export interface Limits {
  readonly listenersPerHybridConnection: number;
  readonly connections: number;
  readonly hybridConnections: number;
  /** Policies of a namespace, or of a hybrid connection. */
  readonly policies: number;
}

const DOCUMENTED: Limits = {
  listenersPerHybridConnection: 25,
  connections: 5_000,
  hybridConnections: 10_000,
  policies: 12,
};

/** The limits that hold in a namespace. */
export function limitsOf(relay: SessionInfo['limits'] = {}, namespace: Namespace['limits'] = {}): Limits {
  return {
    ...DOCUMENTED,
    listenersPerHybridConnection:
      namespace.listenersPerHybridConnection ??
      relay.listenersPerHybridConnection ??
      DOCUMENTED.listenersPerHybridConnection,
    connections: namespace.connections ?? relay.connectionsPerNamespace ?? DOCUMENTED.connections,
  };
}
