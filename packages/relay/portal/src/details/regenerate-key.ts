/**
 * The dialog that makes a new key, and says first whom that concerns.
 * @module
 */
import { Dialog, html, Notice, plural, type VNode } from '@hybridge/ui';
import type { KeySlot, PolicyUse } from '../api/types.js';

/** How many of each kind are named; the rest is counted. */
const NAMED = 5;

/** The dialog. */
export function RegenerateKey(props: {
  readonly policy: PolicyUse;
  readonly slot: KeySlot;
  /** What else is to be known. */
  readonly note?: string | undefined;
  readonly onAction: () => Promise<void>;
  readonly onClose: () => void;
}): VNode {
  const { policy, slot, note, onAction, onClose } = props;
  const { listeners, recentSenders } = policy.keys[slot];
  const apps = policy.apps.filter(({ uses }) => uses === slot);
  const other = slot === 'primary' ? 'secondary' : 'primary';
  const concerned = [
    {
      what: plural(listeners.length, 'connected listener'),
      names: listeners.map((each) => each.remoteAddress),
      outcome: 'cut off at once; it needs the new key, or the other one',
    },
    {
      what: plural(recentSenders.length, 'recent sender'),
      names: recentSenders.map((each) => each.remoteAddress),
      outcome: 'refused at the next connection',
    },
    {
      what: plural(apps.length, 'app'),
      names: apps.map(({ app }) => app),
      outcome: 'keeps the old key until keys are synced',
    },
  ].filter(({ names }) => names.length > 0);

  return html`<${Dialog} title=${`Regenerate the ${slot} key of ${policy.name}?`} action="Regenerate" danger onAction=${onAction} onClose=${onClose}>
    ${
      concerned.length === 0
        ? html`<${Notice} tone="good">Nobody is known to use this key now.</${Notice}>`
        : html`<${Notice} tone="warn">
          <strong>This key is in use</strong>
          <ul>${concerned.map(
            ({ what, names, outcome }) => html`<li key=${what}>${what} (${listed(names)}): ${outcome}.</li>`,
          )}</ul>
        </${Notice}>`
    }
    ${note && html`<${Notice} tone="warn">${note}</${Notice}>`}
    <p>The old key stops to work now. Connections that are open stay open, and so does everything that uses the ${other} key.</p>
    ${concerned.length > 0 && html`<p class="muted">To change keys without an outage, move these to the ${other} key first.</p>`}
  </${Dialog}>`;
}

function listed(names: readonly string[]): string {
  const rest = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
