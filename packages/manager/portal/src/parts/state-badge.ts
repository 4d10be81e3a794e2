/**
 * Where a hybrid connection stands: a badge, and the reason below it.
 * @module
 */
import { Badge, html, useNow, type VNode } from '@hybridge/ui';
import type { Connection } from '../../../src/service/api.js';
import { nextTry, reasonFor, wordsFor } from './state-words.js';

/** The badge alone. */
export function StateBadge({ connection }: { readonly connection: Connection }): VNode {
  const { text, tone, shape } = wordsFor(connection);
  return html`<${Badge} tone=${tone} shape=${shape}>${text}</${Badge}>`;
}

/** The badge with its reason and the time of the next try. */
export function StateLine({ connection }: { readonly connection: Connection }): VNode {
  const now = useNow();
  const reason = reasonFor(connection);
  const soon = nextTry(connection.state, now);
  const words = [reason?.replace(/\.$/, ''), soon].filter((each) => each !== undefined).join(' · ');
  return html`<${StateBadge} connection=${connection} />
    ${words !== '' && html`<div class="muted small reason" title=${words}>${words}</div>`}`;
}
