/**
 * What is around every screen: where one can go, who is signed in, whether what is shown is live, and alarms.
 * @module
 */
import {
  Button,
  Frame,
  html,
  LiveMark,
  messageOf,
  NotFound,
  Notice,
  type Place,
  type Route,
  ThemeChoice,
  useObservable,
  useRoute,
  type VNode,
} from '@hybridge/ui';
import type { Role } from './api/types.js';
import { AlarmBanner } from './parts/alarm-banner.js';
import { AppsScreen } from './screens/apps.js';
import { AuditScreen } from './screens/audit.js';
import { HybridConnectionScreen } from './screens/hybrid-connection.js';
import { HybridConnectionsScreen } from './screens/hybrid-connections.js';
import { NamespaceScreen } from './screens/namespace.js';
import { NamespacesScreen } from './screens/namespaces.js';
import { OverviewScreen } from './screens/overview.js';
import { TokensScreen } from './screens/tokens.js';
import { useSession } from './session/portal-session.js';

const PLACES: readonly (Place & { readonly role?: Role })[] = [
  { path: '', text: 'Overview', icon: 'overview' },
  { path: 'hybrid-connections', text: 'Hybrid connections', icon: 'connections' },
  { path: 'namespaces', text: 'Namespaces', icon: 'namespaces' },
  { path: 'apps', text: 'Apps and plans', icon: 'apps' },
  { path: 'audit', text: 'Audit log', icon: 'audit' },
  { path: 'tokens', text: 'Tokens', icon: 'tokens', role: 'owner' },
];

/** The frame, with the screen that the address names. */
export function PortalFrame({ onLeave }: { readonly onLeave: () => void }): VNode {
  const session = useSession();
  const route = useRoute();
  const { token } = useObservable(session.info);
  const problem = useObservable(session.problem);
  const foot = html`<${LiveMark} state=${session.live.state} />
    <div class="row apart still">
      <span class="who small"><strong>${token.name}</strong><span class="muted">${token.role}</span></span>
      <span class="row still">
        <${ThemeChoice} />
        <${Button} kind="quiet" small icon="leave" label="Sign out" onClick=${() => onLeave()} />
      </span>
    </div>`;
  const places = PLACES.filter(({ role }) => role === undefined || session.may(role));
  return html`<${Frame} of="Relay" icon="relay" places=${places} route=${route} depth=${3} foot=${foot}>
      <${AlarmBanner} />
      ${
        problem !== undefined &&
        html`<div role="alert"><${Notice} tone="bad">
          <p>What is here could not be read: ${messageOf(problem)}</p>
          <div><${Button} small onClick=${() => void session.reload()}>Try again</${Button}></div>
        </${Notice}></div>`
      }
      ${screenOf(route, session.may('owner'))}
  </${Frame}>`;
}

function screenOf({ path, query }: Route, isOwner: boolean): VNode {
  const [first = '', namespace, name, tab] = path;
  if (first === '') return html`<${OverviewScreen} />`;
  if (first === 'namespaces' && namespace === undefined) return html`<${NamespacesScreen} />`;
  if (first === 'namespaces') return html`<${NamespaceScreen} key=${namespace} name=${namespace} />`;
  if (first === 'hybrid-connections' && name !== undefined) {
    return html`<${HybridConnectionScreen} key=${path.slice(1, 3).join('\n')} namespace=${namespace} name=${name} tab=${tab ?? ''} />`;
  }
  if (first === 'hybrid-connections') {
    return html`<${HybridConnectionsScreen} initialNamespace=${query.get('namespace') ?? ''} />`;
  }
  if (first === 'apps') return html`<${AppsScreen} />`;
  if (first === 'audit') return html`<${AuditScreen} key=${query.toString()} initial=${query} />`;
  if (first === 'tokens' && isOwner) return html`<${TokensScreen} />`;
  return html`<${NotFound} home="Overview" what="screen" />`;
}
