/**
 * All that can be asked of the admin port, beside the files of the portal.
 * @module
 */
import { authorizationRuleRoutes } from './arm/authorization-rules.js';
import { hybridConnectionRoutes } from './arm/hybrid-connections.js';
import { namespaceRoutes } from './arm/namespaces.js';
import { networkRuleRoutes } from './arm/network-rules.js';
import { providerRoutes } from './arm/provider.js';
import { subscriptionRoutes } from './arm/subscriptions.js';
import { documentRoute } from './open-api.js';
import { connectionRoutes } from './own/connections.js';
import { healthRoutes } from './own/health.js';
import { inventoryRoutes } from './own/inventory.js';
import { observedRoutes } from './own/observed.js';
import { relayRoutes } from './own/relay.js';
import { tokenRoutes } from './own/tokens.js';
import type { Route } from './route.js';
import { planRelayRoutes } from './web/plan-relays.js';
import { planRoutes } from './web/plans.js';
import { siteRelayRoutes } from './web/site-relays.js';
import { siteRoutes } from './web/sites.js';

/** What differs from relay to relay. */
export interface RoutesOptions {
  /** Metrics are for anybody. */
  readonly publicMetrics: boolean;
}

/** The table of the interface, the route of its own document included. */
export function makeRoutes({ publicMetrics }: RoutesOptions): readonly Route[] {
  const routes: Route[] = [
    ...healthRoutes(publicMetrics),
    ...relayRoutes,
    ...inventoryRoutes,
    ...connectionRoutes,
    ...observedRoutes,
    ...tokenRoutes,
    ...subscriptionRoutes,
    ...namespaceRoutes,
    ...networkRuleRoutes,
    ...hybridConnectionRoutes,
    ...authorizationRuleRoutes,
    ...providerRoutes,
    ...siteRoutes,
    ...siteRelayRoutes,
    ...planRoutes,
    ...planRelayRoutes,
  ];
  routes.push(documentRoute(() => routes));
  return routes;
}
