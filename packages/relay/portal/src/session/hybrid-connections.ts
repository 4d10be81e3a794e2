/**
 * The inventory with what is live in it: one list for every screen.
 * @module
 */
import { useMemo, useObservable } from '@hybridge/ui';
import type { HybridConnection, Inventory, LiveOverview } from '../api/types.js';
import { useSession } from './portal-session.js';
import { keyOf, type Rates } from './rates.js';

/** A row of the list. */
export interface HybridConnectionRow extends HybridConnection {
  readonly namespace: string;
  /** Resource id of the namespace. */
  readonly namespaceId: string;
  readonly bytesPerSecond: number;
}

/** Puts together what there is and what goes on. */
export function rowsOf(
  inventory: Inventory,
  overview: LiveOverview | undefined,
  rates: Rates,
): readonly HybridConnectionRow[] {
  const live = new Map(overview?.hybridConnections.map((each) => [keyOf(each.namespace, each.name), each]));
  return inventory.namespaces.flatMap((namespace) =>
    namespace.hybridConnections.map((each) => {
      const key = keyOf(namespace.name, each.name);
      // An overview has those that are in use; it has come, so the others are not.
      const now = live.get(key) ?? (overview === undefined ? each : { listenerCount: 0, connections: 0 });
      return {
        ...each,
        namespace: namespace.name,
        namespaceId: namespace.id,
        listenerCount: now.listenerCount,
        connections: now.connections,
        status: now.listenerCount > 0 ? ('Connected' as const) : ('NotConnected' as const),
        bytesPerSecond: rates.each.get(key) ?? 0,
      };
    }),
  );
}

/** All hybrid connections now; `undefined` until they are known. */
export function useHybridConnections(): readonly HybridConnectionRow[] | undefined {
  const session = useSession();
  const inventory = useObservable(session.inventory);
  const overview = useObservable(session.overview);
  const rates = useObservable(session.rates);
  return useMemo(() => inventory && rowsOf(inventory, overview, rates), [inventory, overview, rates]);
}
