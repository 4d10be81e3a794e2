/**
 * The dialog with both connection strings of a policy.
 * @module
 */
import { Dialog, html, Secret, Show, useLoaded, type VNode } from '@hybridge/ui';
import type { Keys } from '../api/types.js';
import { useSession } from '../session/portal-session.js';

/** The dialog. @param ownerId - resource id of what the policy belongs to */
export function ShowKeys({
  ownerId,
  policy,
  onClose,
}: {
  readonly ownerId: string;
  readonly policy: string;
  readonly onClose: () => void;
}): VNode {
  const { api } = useSession();
  const loaded = useLoaded(() => api.keys(ownerId, policy), [ownerId, policy]);
  return html`<${Dialog} title=${`Connection strings of ${policy}`} onClose=${onClose}>
    <${Show} loaded=${loaded}>${(keys: Keys) => html`
      <${Secret} name="Primary connection string" value=${keys.primaryConnectionString} />
      <${Secret} name="Secondary connection string" value=${keys.secondaryConnectionString} />`}</${Show}>
  </${Dialog}>`;
}
