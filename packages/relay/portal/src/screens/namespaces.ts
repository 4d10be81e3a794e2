/**
 * All namespaces.
 * @module
 */
import {
  Button,
  type Column,
  Dialog,
  Empty,
  formatCount,
  formatTime,
  goTo,
  html,
  linkTo,
  PageHead,
  say,
  Table,
  TextField,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { Namespace } from '../api/types.js';
import { checkNamespace } from '../parts/checks.js';
import { useHybridConnections } from '../session/hybrid-connections.js';
import { useSession } from '../session/portal-session.js';

/** The screen. */
export function NamespacesScreen(): VNode {
  const session = useSession();
  const inventory = useObservable(session.inventory);
  const rows = useHybridConnections() ?? [];
  const [creating, setCreating] = useState(false);
  const connected = (namespace: Namespace) =>
    rows.filter((row) => row.namespace === namespace.name && row.status === 'Connected').length;

  const columns: readonly Column<Namespace>[] = [
    {
      name: 'Name',
      sortBy: ({ name }) => name,
      cell: ({ name, hosts }) => html`<a href=${linkTo(['namespaces', name])}>${name}</a>
        ${hosts.length > 0 && html`<div class="muted small">${hosts.join(', ')}</div>`}`,
    },
    {
      name: 'Hybrid connections',
      kind: 'end',
      sortBy: ({ hybridConnections }) => hybridConnections.length,
      cell: ({ hybridConnections }) => formatCount(hybridConnections.length),
    },
    { name: 'Connected', kind: 'end', sortBy: connected, cell: (each) => formatCount(connected(each)) },
    {
      name: 'Created',
      onlyWide: true,
      kind: 'end',
      sortBy: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => html`<span class="muted">${formatTime(createdAt)}</span>`,
    },
  ];
  const create =
    session.may('owner') &&
    html`<${Button} kind="primary" icon="plus" onClick=${() => setCreating(true)}>Create</${Button}>`;

  return html`<${PageHead} title="Namespaces" note="A DNS name of the relay, with the hybrid connections below it.">${create}</${PageHead}>
    ${
      inventory === undefined
        ? html`<p class="loading" role="status">Loading …</p>`
        : html`<${Table} label="Namespaces" columns=${columns} rows=${inventory.namespaces} keyOf=${({ name }: Namespace) => name}
            empty=${html`<${Empty} icon="namespaces" title="No namespaces yet">${create}</${Empty}>`} />`
    }
    ${creating && html`<${CreateNamespace} onClose=${() => setCreating(false)} />`}`;
}

function CreateNamespace({ onClose }: { readonly onClose: () => void }): VNode {
  const session = useSession();
  const [name, setName] = useState('');
  const [asked, setAsked] = useState(false);
  const existing = session.inventory.value?.namespaces.some(
    (each) => each.name.toLowerCase() === name.toLowerCase(),
  );
  const wrong = checkNamespace(name) ?? (existing ? 'There is one of this name already.' : undefined);
  const create = async () => {
    setAsked(true);
    if (wrong !== undefined) return false;
    await session.api.putNamespace(session.info.value.labels, name);
    await session.reload();
    say(`Created ${name}`);
    goTo(linkTo(['namespaces', name]));
    return true;
  };
  return html`<${Dialog} title="Create a namespace" action="Create" onAction=${create} onClose=${onClose}>
    <${TextField} label="Name" name="name" value=${name} onInput=${setName} problem=${asked || name !== '' ? wrong : undefined}
      hint="The DNS name that senders and managers dial; it has to lead to this relay." />
  </${Dialog}>`;
}
