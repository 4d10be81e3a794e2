/**
 * Apps that use a hybrid connection.
 * @module
 */
import {
  Badge,
  Button,
  type Column,
  Confirm,
  Empty,
  html,
  Panel,
  plural,
  Table,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { App } from '../api/types.js';
import type { HybridConnectionRow } from '../session/hybrid-connections.js';
import { useSession } from '../session/portal-session.js';
import { isSamePlace } from '../session/same-name.js';
import { AttachApp } from './attach-app.js';
import { SyncKeys } from './sync-keys.js';

/** The tab. */
export function AttachedApps({ row }: { readonly row: HybridConnectionRow }): VNode {
  const session = useSession();
  const inventory = useObservable(session.inventory);
  const [asking, setAsking] = useState<'attach' | 'sync' | App>();
  const may = session.may('operator');
  const close = () => setAsking(undefined);
  const attachmentOf = (app: App) => app.hybridConnections.find((each) => isSamePlace(each, row));
  const attached = (inventory?.apps ?? []).filter((app) => attachmentOf(app) !== undefined);

  const columns: readonly Column<App>[] = [
    { name: 'App', sortBy: ({ name }) => name, cell: ({ name }) => name },
    {
      name: 'Plan',
      sortBy: ({ plan }) => plan,
      cell: ({ plan }) => html`<span class="muted">${plan}</span>`,
    },
    { name: 'Policy', onlyWide: true, cell: (app) => html`<code>${attachmentOf(app)?.sendKeyName}</code>` },
    {
      name: 'Key',
      cell: (app) =>
        attachmentOf(app)?.inSync
          ? html`<${Badge} tone="good" shape="full">In sync</${Badge}>`
          : html`<${Badge} tone="warn" shape="hollow">Old key</${Badge}>`,
    },
    ...(may
      ? [
          {
            name: 'Actions',
            kind: 'actions' as const,
            cell: (app: App) =>
              html`<${Button} small label=${`Disconnect from ${app.name}`} onClick=${() => setAsking(app)}>Disconnect</${Button}>`,
          },
        ]
      : []),
  ];
  const attach =
    may &&
    html`<${Button} small icon="plus" onClick=${() => setAsking('attach')}>Attach to an app</${Button}>`;
  return html`<${Panel} title=${attached.length === 0 ? 'Apps' : plural(attached.length, 'app')}
      aside=${html`${may && attached.length > 0 && html`<${Button} small onClick=${() => setAsking('sync')}>Sync keys</${Button}>`}${attached.length > 0 && attach}`}>
      <${Table} label="Attached apps" columns=${columns} rows=${attached} keyOf=${({ id }: App) => id}
        empty=${html`<${Empty} icon="apps" title="Not attached to any app">
          <p>An app that has it attached may use it, and counts towards the limit of its plan.</p>${attach}
        </${Empty}>`} />
    </${Panel}>
    ${asking === 'attach' && inventory !== undefined && html`<${AttachApp} row=${row} inventory=${inventory} onClose=${close} />`}
    ${asking === 'sync' && html`<${SyncKeys} row=${row} apps=${[]} onDone=${() => void session.reload()} onClose=${close} />`}
    ${
      typeof asking === 'object' &&
      html`<${Confirm} title=${`Disconnect from ${asking.name}?`} action="Disconnect" done=${`Disconnected from ${asking.name}`}
        onAction=${async () => {
          await session.api.detach(asking.id, row.namespace, row.name);
          await session.reload();
        }} onClose=${close}>
        <p>${asking.name} loses its address and key of ${row.name}. Its open connections stay open.</p>
      </${Confirm}>`
    }`;
}
