/**
 * The dialog that gives apps the keys that their policy has now.
 * @module
 */
import { Dialog, html, plural, SelectField, say, useState, type VNode } from '@hybridge/ui';
import type { KeySlot, PolicyUse } from '../api/types.js';
import type { HybridConnectionRow } from '../session/hybrid-connections.js';
import { useSession } from '../session/portal-session.js';

/** The dialog. @param apps - those with an old key */
export function SyncKeys(props: {
  readonly row: HybridConnectionRow;
  readonly apps: PolicyUse['apps'];
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const { row, apps, onDone, onClose } = props;
  const { api } = useSession();
  const [key, setKey] = useState<KeySlot>('primary');
  const sync = async () => {
    const { updated } = await api.syncKeys(row.namespace, row.name, key);
    say(`Synced keys: ${plural(updated.length, 'app')}`);
    onDone();
  };
  return html`<${Dialog} title="Sync keys" action="Sync keys" onAction=${sync} onClose=${onClose}>
    <p>All apps that have ${row.name} attached get the key that its policy has now. ${apps.length > 0 && html`An old one have: ${apps.map(({ app }) => app).join(', ')}.`}</p>
    <${SelectField} label="Which key" name="key" value=${key} onInput=${(value: string) => setKey(value as KeySlot)}
      options=${[{ value: 'primary', text: 'Primary' }, { value: 'secondary', text: 'Secondary' }]} />
  </${Dialog}>`;
}
