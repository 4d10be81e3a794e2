/**
 * Whether a hybrid connection has a listener.
 * @module
 */
import { Badge, html, type VNode } from '@hybridge/ui';

/** The words of Azure's portal. */
export function StatusBadge({ status }: { readonly status: 'Connected' | 'NotConnected' }): VNode {
  return status === 'Connected'
    ? html`<${Badge} tone="good" shape="full">Connected</${Badge}>`
    : html`<${Badge} shape="hollow">Not connected</${Badge}>`;
}
