/**
 * The first screen: how the relay is, at a glance.
 * @module
 */
import {
  Empty,
  formatCount,
  formatDuration,
  formatRate,
  formatTime,
  html,
  linkTo,
  PageHead,
  Panel,
  Tiles,
  useEffect,
  useNow,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { AuditRecord } from '../api/types.js';
import { auditEntry } from '../parts/audit-entry.js';
import { Monitor } from '../parts/monitor.js';
import { StatusBadge } from '../parts/status-badge.js';
import { useHybridConnections } from '../session/hybrid-connections.js';
import { hybridConnectionLink } from '../session/links.js';
import { useSession } from '../session/portal-session.js';

const LISTED = 6;

/** The screen. */
export function OverviewScreen(): VNode {
  const session = useSession();
  const { relay } = useObservable(session.info);
  const overview = useObservable(session.overview);
  const rates = useObservable(session.rates);
  const rows = useHybridConnections();
  const now = useNow(10_000);
  const connected = rows?.filter(({ status }) => status === 'Connected').length ?? 0;
  const figure = (value: number | undefined) => (value === undefined ? '–' : formatCount(value));
  const down = (rows ?? []).filter(({ status }) => status !== 'Connected');

  return html`<${PageHead} title="Overview"
      note=${`${relay.url} · version ${relay.version} · running for ${formatDuration(now - Date.parse(relay.startedAt))}${relay.workers === undefined ? '' : ` · ${relay.workers} workers`}`} />
    <${Tiles} tiles=${[
      {
        name: 'Hybrid connections',
        figure: figure(rows?.length),
        note: `${formatCount(connected)} connected`,
      },
      { name: 'Listeners', figure: figure(overview?.totals.listeners) },
      { name: 'Connections', figure: figure(overview?.totals.connections) },
      { name: 'Requests', figure: figure(overview?.totals.requests) },
      {
        name: 'Traffic',
        figure: overview === undefined ? '–' : formatRate(rates.total),
        note: 'both directions',
      },
    ]} />
    <${Monitor} place=${{}} />
    <div class="columns">
      <${Panel} title="Not connected" aside=${down.length > LISTED && html`<a href=${linkTo(['hybrid-connections'])}>All ${formatCount(down.length)}</a>`}>
        ${
          rows !== undefined && down.length === 0
            ? html`<${Empty} icon="check" title=${rows.length === 0 ? 'There is no hybrid connection yet' : 'Every hybrid connection has a listener'} />`
            : html`<ul class="stack tight">${down.slice(0, LISTED).map(
                ({ namespace, name, status }) => html`<li key=${`${namespace}\n${name}`} class="attention">
                  <a href=${hybridConnectionLink(namespace, name)}>${name}</a><${StatusBadge} status=${status} />
                </li>`,
              )}</ul>`
        }
      </${Panel}>
      <${RecentActivity} />
    </div>`;
}

function RecentActivity(): VNode {
  const session = useSession();
  const live = useObservable(session.recent);
  const [earlier, setEarlier] = useState<readonly AuditRecord[]>([]);
  useEffect(() => {
    // Those that come while the screen is shown stand above these.
    session.recent.set([]);
    session.api.audit({ limit: '12' }).then(
      ({ records }) => setEarlier(records),
      () => undefined,
    );
  }, [session]);
  const entries = [...live, ...earlier].slice(0, LISTED + 2).map(auditEntry);
  return html`<${Panel} title="Recent activity" aside=${html`<a href=${linkTo(['audit'])}>Audit log</a>`}>
    ${
      entries.length === 0
        ? html`<${Empty} icon="audit" title="Nothing has happened yet" />`
        : html`<ul class="activity">${entries.map(
            ({ time, message, subject }, index) => html`<li key=${`${time} ${index}`}>
              <span class="muted small number" title=${formatTime(time)}>${formatTime(time).slice(11) || '–'}</span>
              <span>${message}${subject !== '' && html` <span class="muted">${subject}</span>`}</span>
            </li>`,
          )}</ul>`
    }
  </${Panel}>`;
}
