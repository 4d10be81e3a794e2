/**
 * Limits that a relay has unless it says otherwise. Source: docs/protocol.md, section 9.1.
 * @module
 */
import type { Limits } from '../api/types.js';

/** The documented limits, and the relay's own where it tells them. */
export function limitsOf(limits: Limits = {}): Required<Limits> {
  return {
    listenersPerHybridConnection: 25,
    connectionsPerNamespace: 5_000,
    pendingPerNamespace: 2_000,
    hybridConnectionsPerNamespace: 10_000,
    authorizationRules: 12,
    ...limits,
  };
}
