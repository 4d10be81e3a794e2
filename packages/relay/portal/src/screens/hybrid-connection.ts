/**
 * One hybrid connection: its head, and what each of its tabs shows.
 * @module
 */
import {
  Button,
  Confirm,
  goTo,
  html,
  linkTo,
  NotFound,
  PageHead,
  Tabs,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import { AccessKeys } from '../details/access-keys.js';
import { AttachedApps } from '../details/attached-apps.js';
import { Connections } from '../details/connections.js';
import { EditEndpoint } from '../details/edit-endpoint.js';
import { Properties } from '../details/properties.js';
import { Scale } from '../details/scale.js';
import { Monitor } from '../parts/monitor.js';
import { StatusBadge } from '../parts/status-badge.js';
import { useHybridConnections } from '../session/hybrid-connections.js';
import { hybridConnectionLink } from '../session/links.js';
import { useSession } from '../session/portal-session.js';
import { isSamePlace } from '../session/same-name.js';

const TABS = [
  { id: '', text: 'Properties' },
  { id: 'keys', text: 'Access keys' },
  { id: 'apps', text: 'Apps' },
  { id: 'connections', text: 'Connections' },
  { id: 'monitor', text: 'Monitor' },
  { id: 'scale', text: 'Scale' },
];

/** The screen. */
export function HybridConnectionScreen(props: {
  readonly namespace: string;
  readonly name: string;
  readonly tab: string;
}): VNode {
  const session = useSession();
  const problem = useObservable(session.problem);
  const rows = useHybridConnections();
  const [asking, setAsking] = useState<'delete' | 'edit'>();
  const row = rows?.find((each) => isSamePlace(each, props));
  if (rows === undefined && problem === undefined)
    return html`<p class="loading" role="status">Loading …</p>`;
  if (row === undefined) return html`<${NotFound} home="Overview" what="hybrid connection" />`;

  const { namespace, name } = row;
  const place = { namespace, hybridConnection: name };
  const remove = async () => {
    await session.api.remove(row.id);
    goTo(linkTo(['hybrid-connections']));
    await session.reload();
  };
  return html`<${PageHead} title=${name}
      crumbs=${[
        { text: 'Hybrid connections', href: linkTo(['hybrid-connections']) },
        { text: namespace, href: linkTo(['namespaces', namespace]) },
      ]}
      note=${html`<span class="row"><${StatusBadge} status=${row.status} />${row.endpoint !== undefined && html`<span class="mono">${row.endpoint}</span>`}</span>`}>
      ${
        session.may('operator') &&
        html`<${Button} onClick=${() => setAsking('edit')}>Change endpoint</${Button}>
          <${Button} kind="danger" onClick=${() => setAsking('delete')}>Delete</${Button}>`
      }
    </${PageHead}>
    <${Tabs} label="Parts of this hybrid connection" current=${props.tab}
      tabs=${TABS.map((tab) => ({ ...tab, href: hybridConnectionLink(namespace, name, tab.id || undefined) }))} />
    ${partOf(props.tab)}
    ${asking === 'edit' && html`<${EditEndpoint} row=${row} onClose=${() => setAsking(undefined)} />`}
    ${
      asking === 'delete' &&
      html`<${Confirm} title=${`Delete ${name}?`} action="Delete" done=${`Deleted ${name}`} onAction=${remove} onClose=${() => setAsking(undefined)}>
        <p>Its policies and keys go with it. ${row.connections + row.listenerCount > 0 && html`<strong>${row.listenerCount} listeners and ${row.connections} connections are cut.</strong>`}</p>
        ${row.apps.length > 0 && html`<p>It is attached to ${row.apps.join(', ')}.</p>`}
        ${row.declared && html`<p>It stands in the configuration file, which brings it back at the next start.</p>`}
      </${Confirm}>`
    }`;

  function partOf(tab: string): VNode {
    if (row === undefined) return html``;
    switch (tab) {
      case 'keys':
        return html`<${AccessKeys} row=${row} />`;
      case 'apps':
        return html`<${AttachedApps} row=${row} />`;
      case 'connections':
        return html`<${Connections} place=${place} />`;
      case 'monitor':
        return html`<${Monitor} place=${place} />`;
      case 'scale':
        return html`<${Scale} row=${row} />`;
      default:
        return html`<${Properties} row=${row} />`;
    }
  }
}
