/**
 * How many listeners and connections each hybrid connection has now.
 * @module
 */
import type { HybridConnectionStatus, RelayStatus } from '../relay-status.js';

/** What is here of one hybrid connection. */
export interface Counts {
  readonly listeners: number;
  readonly connections: number;
}

const NONE: Counts = { listeners: 0, connections: 0 };

/** Looks them up by name, in any case. */
export type CountsOf = (namespace: string, hybridConnection: string) => Counts;

/** Reads them out of a status. */
export function countsIn(status: RelayStatus): CountsOf {
  const counts = new Map<string, Counts>();
  for (const { name: namespace, hybridConnections } of status.namespaces) {
    for (const each of hybridConnections) counts.set(keyOf(namespace, each.name), countsOf(each));
  }
  return (namespace, hybridConnection) => counts.get(keyOf(namespace, hybridConnection)) ?? NONE;
}

function countsOf({ listeners, tunnels }: HybridConnectionStatus): Counts {
  return { listeners: listeners.length, connections: tunnels.length };
}

function keyOf(namespace: string, hybridConnection: string): string {
  return `${namespace}\n${hybridConnection}`.toLowerCase();
}
