/**
 * All hybrid connections, with what is live about each.
 * @module
 */
import {
  Button,
  type Column,
  Empty,
  FilterField,
  formatCount,
  formatRate,
  html,
  PageHead,
  plural,
  Table,
  useMemo,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import { CreateHybridConnection } from '../parts/create-hybrid-connection.js';
import { StatusBadge } from '../parts/status-badge.js';
import { type HybridConnectionRow, useHybridConnections } from '../session/hybrid-connections.js';
import { hybridConnectionLink } from '../session/links.js';
import { useSession } from '../session/portal-session.js';

const COLUMNS: readonly Column<HybridConnectionRow>[] = [
  {
    name: 'Name',
    sortBy: ({ name }) => name,
    cell: ({ namespace, name }) =>
      html`<a href=${hybridConnectionLink(namespace, name)} title=${name}>${name}</a>
        <div class="muted small">${namespace}</div>`,
  },
  {
    name: 'Status',
    width: '148',
    sortBy: ({ status }) => status,
    cell: ({ status }) => html`<${StatusBadge} status=${status} />`,
  },
  {
    name: 'Endpoint',
    onlyWide: true,
    sortBy: ({ endpoint = '' }) => endpoint,
    cell: ({ endpoint }) => html`<span class="muted" title=${endpoint}>${endpoint ?? '–'}</span>`,
  },
  {
    name: 'Listeners',
    width: '88',
    kind: 'end',
    onlyWide: true,
    sortBy: (row) => row.listenerCount,
    cell: (row) => formatCount(row.listenerCount),
  },
  {
    name: 'Connections',
    width: '108',
    kind: 'end',
    onlyWide: true,
    sortBy: (row) => row.connections,
    cell: (row) => formatCount(row.connections),
  },
  {
    name: 'Traffic',
    width: '100',
    kind: 'end',
    onlyWide: true,
    sortBy: (row) => row.bytesPerSecond,
    cell: (row) => formatRate(row.bytesPerSecond),
  },
];

/** The screen. @param initialNamespace - shows only that one's at first; empty for all */
export function HybridConnectionsScreen({ initialNamespace }: { readonly initialNamespace: string }): VNode {
  const session = useSession();
  const inventory = useObservable(session.inventory);
  const rows = useHybridConnections();
  const [text, setText] = useState('');
  const [namespace, setNamespace] = useState(initialNamespace);
  const [status, setStatus] = useState('');
  const [creating, setCreating] = useState(false);
  const shown = useMemo(
    () => rows?.filter((row) => matches(row, text, namespace, status)),
    [rows, text, namespace, status],
  );

  const canCreate = session.may('operator') && (inventory?.namespaces.length ?? 0) > 0;
  const create =
    canCreate &&
    html`<${Button} kind="primary" icon="plus" onClick=${() => setCreating(true)}>Create</${Button}>`;
  const head = html`<${PageHead} title="Hybrid connections"
    note=${rows && `${plural(rows.length, 'hybrid connection')}, ${formatCount(rows.filter((row) => row.status === 'Connected').length)} connected`}>
    ${create}</${PageHead}>`;
  if (rows === undefined || shown === undefined || inventory === undefined) {
    return html`${head}<p class="loading" role="status">Loading …</p>`;
  }
  return html`${head}
    ${
      rows.length === 0
        ? html`<div class="panel"><${Empty} icon="connections" title="No hybrid connections yet">
            <p>A hybrid connection leads from your applications to one host and port in another network.</p>
            ${create}
          </${Empty}></div>`
        : html`<div class="stack">
          <div class="filters">
            <div class="search"><${FilterField} label="Filter by name or endpoint">
              <input class="input" type="search" placeholder="Filter by name or endpoint" value=${text}
                onInput=${(event: InputEvent) => setText((event.currentTarget as HTMLInputElement).value)} />
            </${FilterField}></div>
            <${FilterField} label="Status">
              <select class="input" value=${status} onChange=${(event: Event) => setStatus((event.currentTarget as HTMLSelectElement).value)}>
                <option value="">Every status</option><option value="Connected">Connected</option><option value="NotConnected">Not connected</option>
              </select>
            </${FilterField}>
            <${FilterField} label="Namespace">
              <select class="input" value=${namespace} onChange=${(event: Event) => setNamespace((event.currentTarget as HTMLSelectElement).value)}>
                <option value="">All namespaces</option>
                ${inventory.namespaces.map(({ name }) => html`<option key=${name} value=${name} selected=${name === namespace}>${name}</option>`)}
              </select>
            </${FilterField}>
            ${shown.length !== rows.length && html`<span class="muted small" role="status">${formatCount(shown.length)} of ${formatCount(rows.length)}</span>`}
          </div>
          <${Table} long label="Hybrid connections" columns=${COLUMNS} rows=${shown}
            keyOf=${(row: HybridConnectionRow) => `${row.namespace}\n${row.name}`}
            empty=${html`<${Empty} icon="search" title="Nothing matches"><p>Change the filter to see more.</p></${Empty}>`} />
        </div>`
    }
    ${creating && html`<${CreateHybridConnection} inventory=${inventory} namespace=${namespace} onClose=${() => setCreating(false)} />`}`;
}

function matches(row: HybridConnectionRow, text: string, namespace: string, status: string): boolean {
  if (namespace !== '' && row.namespace !== namespace) return false;
  if (status !== '' && row.status !== status) return false;
  const wanted = text.trim().toLowerCase();
  return `${row.name}\n${row.endpoint ?? ''}`.toLowerCase().includes(wanted);
}
