/**
 * What is around every screen: where one can go, who is signed in, whether what is shown is live, and alarms.
 * @module
 */
import {
  Button,
  html,
  Icon,
  type IconName,
  messageOf,
  Notice,
  ThemeChoice,
  useEffect,
  useObservable,
  useRef,
  type VNode,
} from '@hybridge/ui';
import type { Role } from './api/types.js';
import { AlarmBanner } from './parts/alarm-banner.js';
import { LiveMark } from './parts/live-mark.js';
import { AppsScreen } from './screens/apps.js';
import { AuditScreen } from './screens/audit.js';
import { HybridConnectionScreen } from './screens/hybrid-connection.js';
import { HybridConnectionsScreen } from './screens/hybrid-connections.js';
import { NamespaceScreen } from './screens/namespace.js';
import { NamespacesScreen } from './screens/namespaces.js';
import { NotFound } from './screens/not-found.js';
import { OverviewScreen } from './screens/overview.js';
import { TokensScreen } from './screens/tokens.js';
import { useSession } from './session/portal-session.js';
import { linkTo, type Route, useRoute } from './session/router.js';

const PLACES: readonly {
  readonly path: string;
  readonly text: string;
  readonly icon: IconName;
  readonly role?: Role;
}[] = [
  { path: '', text: 'Overview', icon: 'overview' },
  { path: 'hybrid-connections', text: 'Hybrid connections', icon: 'connections' },
  { path: 'namespaces', text: 'Namespaces', icon: 'namespaces' },
  { path: 'apps', text: 'Apps and plans', icon: 'apps' },
  { path: 'audit', text: 'Audit log', icon: 'audit' },
  { path: 'tokens', text: 'Tokens', icon: 'tokens', role: 'owner' },
];

/** The frame, with the screen that the address names. */
export function Frame({ onLeave }: { readonly onLeave: () => void }): VNode {
  const session = useSession();
  const route = useRoute();
  const { token } = useObservable(session.info);
  const problem = useObservable(session.problem);
  const [first = ''] = route.path;
  const main = useRef<HTMLElement>(null);
  useScreenChange(route, main);

  return html`<div class="frame">
    <a class="skip" href="#main" onClick=${(event: Event) => {
      event.preventDefault(); // the part behind # is the screen's
      main.current?.focus();
    }}>Skip to the content</a>
    <header class="side">
      <span class="brand"><${Icon} name="relay" />Hybridge</span>
      <nav aria-label="Screens"><ul>
        ${PLACES.filter(({ role }) => role === undefined || session.may(role)).map(
          ({
            path,
            text,
            icon,
          }) => html`<li key=${path}><a class="side-link" href=${linkTo(path === '' ? [] : [path])}
            aria-current=${path === first ? 'page' : undefined}><${Icon} name=${icon} />${text}</a></li>`,
        )}
      </ul></nav>
      <div class="side-foot">
        <${LiveMark} />
        <div class="row apart still">
          <span class="who small"><strong>${token.name}</strong><span class="muted">${token.role}</span></span>
          <span class="row still">
            <${ThemeChoice} />
            <${Button} kind="quiet" small icon="leave" label="Sign out" onClick=${() => onLeave()} />
          </span>
        </div>
      </div>
    </header>
    <main class="page" id="main" tabindex="-1" ref=${main}>
      <${AlarmBanner} />
      ${
        problem !== undefined &&
        html`<div role="alert"><${Notice} tone="bad">
          <p>What is here could not be read: ${messageOf(problem)}</p>
          <div><${Button} small onClick=${() => void session.reload()}>Try again</${Button}></div>
        </${Notice}></div>`
      }
      ${screenOf(route, session.may('owner'))}
    </main>
  </div>`;
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
  return html`<${NotFound} what="screen" />`;
}

/** Tells screen readers, and those who use the keyboard, that there is another screen now. */
function useScreenChange({ path }: Route, main: { readonly current: HTMLElement | null }): void {
  const place = path.slice(0, 3).join('\n');
  const last = useRef(place);
  useEffect(() => {
    document.title = `${main.current?.querySelector('h1')?.textContent ?? 'Relay'} – Relay`;
    if (last.current === place) return;
    last.current = place;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  });
}
