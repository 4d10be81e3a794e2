/**
 * Who is connected, and how the last connections ended.
 * @module
 */
import {
  Button,
  type Column,
  Confirm,
  Empty,
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatTime,
  html,
  Panel,
  Show,
  Table,
  useLoaded,
  useNow,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { Place } from '../api/relay-api.js';
import type { ClosedTunnel, Listener, Tunnel } from '../api/types.js';
import { useSession } from '../session/portal-session.js';

const EVERY_MS = 2_000;

/** The tab. */
export function Connections({ place }: { readonly place: Place }): VNode {
  const session = useSession();
  const { api } = session;
  const key = [place.namespace, place.hybridConnection];
  const listeners = useLoaded((signal) => api.listeners(place, signal), key, EVERY_MS);
  const tunnels = useLoaded((signal) => api.tunnels(place, signal), key, EVERY_MS);
  const closed = useLoaded((signal) => api.closed(place, signal), key, EVERY_MS);
  const [cutting, setCutting] = useState<Tunnel>();
  const now = useNow();
  const cut = async (tunnel: Tunnel) => {
    await api.cutTunnel(tunnel.id);
    tunnels.reload();
    closed.reload();
  };

  return html`<div class="stack">
    <${Panel} title="Listeners">
      <${Show} loaded=${listeners}>${(value: {
        listeners: readonly Listener[];
      }) => html`<${Table} label="Listeners"
        columns=${listenerColumns(now)} rows=${value.listeners} keyOf=${({ id }: Listener) => id}
        empty=${html`<${Empty} icon="relay" title="No listener is online">
          <p>A manager in the network of the endpoint connects with the on-premises connection string.</p></${Empty}>`} />`}</${Show}>
    </${Panel}>
    <${Panel} title="Open connections">
      <${Show} loaded=${tunnels}>${(value: { total: number; tunnels: readonly Tunnel[] }) => html`
        <${Table} label="Open connections" columns=${tunnelColumns(session.may('operator') ? setCutting : undefined)}
          rows=${value.tunnels} keyOf=${({ id }: Tunnel) => id}
          empty=${html`<${Empty} icon="connections" title="No connection is open" />`} />
        ${value.total > value.tunnels.length && html`<p class="muted small">The first ${formatCount(value.tunnels.length)} of ${formatCount(value.total)}.</p>`}`}</${Show}>
    </${Panel}>
    <${Panel} title="Closed a while ago">
      <${Show} loaded=${closed}>${(value: {
        closed: readonly ClosedTunnel[];
      }) => html`<${Table} label="Closed connections"
        columns=${CLOSED_COLUMNS(now)} rows=${value.closed} keyOf=${({ id }: ClosedTunnel) => id}
        empty=${html`<${Empty} icon="check" title="None since the relay was started" />`} />`}</${Show}>
    </${Panel}>
    ${
      cutting &&
      html`<${Confirm} title="Cut this connection?" action="Cut" done="Cut the connection" onAction=${() => cut(cutting)} onClose=${() => setCutting(undefined)}>
        <p>From <code>${cutting.senderAddress}</code> to <code>${cutting.listenerAddress}</code>, open for ${formatDuration(cutting.ageMs)}. Both ends see that it was reset, not that it ended.</p>
      </${Confirm}>`
    }
  </div>`;
}

function listenerColumns(now: number): readonly Column<Listener>[] {
  return [
    { name: 'Address', cell: ({ remoteAddress }) => html`<code>${remoteAddress}</code>` },
    {
      name: 'Policy',
      cell: ({ policy, key }) => html`${policy}${key && html` <span class="muted">(${key} key)</span>`}`,
    },
    { name: 'Last seen', onlyWide: true, kind: 'end', cell: ({ lastSeenAt }) => formatAgo(lastSeenAt, now) },
    {
      name: 'Online for',
      kind: 'end',
      cell: ({ connectedAt }) => formatDuration(now - Date.parse(connectedAt)),
    },
    {
      name: 'Token until',
      onlyWide: true,
      kind: 'end',
      cell: ({ tokenExpiresAt }) => html`<span class="muted">${formatTime(tokenExpiresAt)}</span>`,
    },
  ];
}

function tunnelColumns(onCut: ((tunnel: Tunnel) => void) | undefined): readonly Column<Tunnel>[] {
  return [
    ...endColumns<Tunnel>(),
    { name: 'Age', kind: 'end', sortBy: ({ ageMs }) => ageMs, cell: ({ ageMs }) => formatDuration(ageMs) },
    ...byteColumns<Tunnel>(),
    ...(onCut === undefined
      ? []
      : [
          {
            name: 'Actions',
            kind: 'actions' as const,
            cell: (tunnel: Tunnel) =>
              html`<${Button} small label=${`Cut the connection from ${tunnel.senderAddress}`} onClick=${() => onCut(tunnel)}>Cut</${Button}>`,
          },
        ]),
  ];
}

const CLOSED_COLUMNS = (now: number): readonly Column<ClosedTunnel>[] => [
  ...endColumns<ClosedTunnel>(),
  { name: 'Reason', cell: ({ reason }) => reason },
  { name: 'Lasted', kind: 'end', onlyWide: true, cell: ({ durationMs }) => formatDuration(durationMs) },
  ...byteColumns<ClosedTunnel>(),
  {
    name: 'Closed',
    kind: 'end',
    cell: ({ closedAt }) =>
      html`<span class="muted" title=${formatTime(closedAt)}>${formatAgo(closedAt, now)}</span>`,
  },
];

function endColumns<Row extends Tunnel>(): readonly Column<Row>[] {
  return [
    {
      name: 'Sender',
      cell: ({ senderAddress, trackingId }) =>
        html`<code title=${`Tracking id ${trackingId}`}>${senderAddress}</code>`,
    },
    {
      name: 'Listener',
      onlyWide: true,
      cell: ({ listenerAddress }) => html`<code>${listenerAddress}</code>`,
    },
  ];
}

function byteColumns<Row extends Tunnel>(): readonly Column<Row>[] {
  return [
    {
      name: 'Sent',
      kind: 'end',
      onlyWide: true,
      sortBy: (row) => row.bytesFromSender,
      cell: (row) => formatBytes(row.bytesFromSender),
    },
    {
      name: 'Received',
      kind: 'end',
      onlyWide: true,
      sortBy: (row) => row.bytesFromListener,
      cell: (row) => formatBytes(row.bytesFromListener),
    },
  ];
}
