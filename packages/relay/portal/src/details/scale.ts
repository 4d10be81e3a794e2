/**
 * Limits of a hybrid connection, and how much of them is used.
 * @module
 */
import {
  Facts,
  formatBytes,
  formatTime,
  html,
  Meter,
  Panel,
  plural,
  Show,
  useLoaded,
  useObservable,
  type VNode,
} from '@hybridge/ui';
import type { Metering, PolicyUse } from '../api/types.js';
import { type HybridConnectionRow, useHybridConnections } from '../session/hybrid-connections.js';
import { useSession } from '../session/portal-session.js';
import { isSamePlace } from '../session/same-name.js';
import { limitsOf } from './limits.js';

/** How often use is read again, in milliseconds. */
const EVERY_MS = 10_000;

/** The tab. */
export function Scale({ row }: { readonly row: HybridConnectionRow }): VNode {
  const session = useSession();
  const inventory = useObservable(session.inventory);
  const namespaceLimits = inventory?.namespaces.find(({ name }) => name === row.namespace)?.limits;
  const limits = limitsOf(useObservable(session.info).limits, namespaceLimits);
  const place = { namespace: row.namespace, hybridConnection: row.name };
  const policies = useLoaded((signal) => session.api.keyUse(place, signal), [row.id]);
  const siblings = (useHybridConnections() ?? []).filter(({ namespace }) => namespace === row.namespace);
  const connections = siblings.reduce((sum, each) => sum + each.connections, 0);
  const plans = (inventory?.plans ?? []).filter(({ hybridConnections }) =>
    hybridConnections.some((each) => isSamePlace(each, row)),
  );
  return html`<div class="columns">
    <${Panel} title="This hybrid connection">
      <${Meter} name="Listeners" used=${row.listenerCount} limit=${limits.listenersPerHybridConnection} />
      <${Show} loaded=${policies}>${(value: {
        policies: readonly PolicyUse[];
      }) => html`<${Meter} name="Policies"
        used=${value.policies.filter(({ level }) => level === 'hybridConnection').length} limit=${limits.policies} />`}</${Show}>
      <p class="hint">New connections go to one of its listeners at random. Add managers for more throughput, or to be without outage when one fails: ${plural(row.listenerCount, 'listener is', 'listeners are')} online.</p>
    </${Panel}>
    <${Panel} title=${`Namespace ${row.namespace}`}>
      <${Meter} name="Connections" used=${connections} limit=${limits.connections} />
      <${Meter} name="Hybrid connections" used=${siblings.length} limit=${limits.hybridConnections} />
    </${Panel}>
    <${Metered} row=${row} />
    ${
      plans.length > 0 &&
      html`<${Panel} title="Plans of the apps that use it">
        ${plans.map(({ id, name, tier, used, limit }) => html`<${Meter} key=${id} name=${`${name} (${tier})`} used=${used} limit=${limit} />`)}
        <p class="hint">A plan counts a hybrid connection once, however many of its apps use it.</p>
      </${Panel}>`
    }
  </div>`;
}

/** Five hybrid connections on two managers are ten listeners: each counts for as long as it is online. */
function Metered({ row }: { readonly row: HybridConnectionRow }): VNode {
  const { api } = useSession();
  const loaded = useLoaded((signal) => api.metering(signal), [row.id], EVERY_MS);
  return html`<${Panel} title="Metering">
    <${Show} loaded=${loaded}>${({ since, hybridConnections }: Metering) => {
      const used = hybridConnections.find((each) => isSamePlace(each, row));
      return html`<${Facts} facts=${[
        ['Listener hours', (used?.listenerHours ?? 0).toFixed(2)],
        ['Bytes passed on', formatBytes(used?.bytes ?? 0)],
        ['Counted since', formatTime(since)],
      ]} />`;
    }}</${Show}>
  </${Panel}>`;
}
