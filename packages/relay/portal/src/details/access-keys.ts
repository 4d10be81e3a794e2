/**
 * Policies, their keys, who uses which, and what it takes to roll one without an outage.
 * @module
 */
import {
  Badge,
  Button,
  formatAgo,
  html,
  Notice,
  Panel,
  plural,
  Show,
  say,
  useLoaded,
  useNow,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { KeySlot, PolicyUse } from '../api/types.js';
import type { HybridConnectionRow } from '../session/hybrid-connections.js';
import { useSession } from '../session/portal-session.js';
import { RegenerateKey } from './regenerate-key.js';
import { ShowKeys } from './show-keys.js';
import { SyncKeys } from './sync-keys.js';

const SLOTS: readonly { readonly slot: KeySlot; readonly text: string }[] = [
  { slot: 'primary', text: 'Primary key' },
  { slot: 'secondary', text: 'Secondary key' },
];

type Asking =
  | { readonly what: 'regenerate'; readonly policy: PolicyUse; readonly slot: KeySlot }
  | { readonly what: 'show'; readonly policy: PolicyUse }
  | { readonly what: 'sync' };

/** The tab. */
export function AccessKeys({ row }: { readonly row: HybridConnectionRow }): VNode {
  const session = useSession();
  const place = { namespace: row.namespace, hybridConnection: row.name };
  const loaded = useLoaded((signal) => session.api.keyUse(place, signal), [row.id], 5_000);
  const [asking, setAsking] = useState<Asking>();
  const now = useNow(5_000);
  const may = session.may('operator');
  const close = () => setAsking(undefined);
  const changed = () => {
    loaded.reload();
    void session.reload();
  };
  const ownerOf = (policy: PolicyUse) => (policy.level === 'namespace' ? row.namespaceId : row.id);

  return html`<${Show} loaded=${loaded}>${({ policies }: { policies: readonly PolicyUse[] }) => {
    const old = policies.flatMap(({ apps }) => apps.filter(({ uses }) => uses === 'old'));
    return html`<div class="stack">
      ${
        old.length > 0 &&
        html`<${Notice} tone="warn">
          <p><strong>${plural(old.length, 'app still has', 'apps still have')} a key that is gone:</strong> ${old.map(({ app }) => app).join(', ')}.</p>
          ${may && html`<div><${Button} small onClick=${() => setAsking({ what: 'sync' })}>Sync keys</${Button}></div>`}
        </${Notice}>`
      }
      ${policies.map(
        (policy) => html`<${Panel} key=${`${policy.level} ${policy.name}`} title=${policy.name}
          aside=${html`
            ${policy.level === 'namespace' && html`<${Badge}>Of the namespace</${Badge}>`}
            ${policy.rights.map((right) => html`<${Badge} key=${right}>${right}</${Badge}>`)}
            ${may && html`<${Button} small icon="eye" label=${`Show connection strings of ${policy.name}`} onClick=${() => setAsking({ what: 'show', policy })}>Show</${Button}>`}`}>
          <div class="key-pair">
            ${SLOTS.map(
              ({ slot, text }) => html`<div class="key-slot" key=${slot}>
                <div class="row apart"><h3>${text}</h3>
                  ${
                    may &&
                    html`<${Button} small label=${`Regenerate ${slot} key of ${policy.name}`}
                      onClick=${() => setAsking({ what: 'regenerate', policy, slot })}>Regenerate</${Button}>`
                  }</div>
                ${useOf(policy, slot, now)}
              </div>`,
            )}
          </div>
        </${Panel}>`,
      )}
      ${asking?.what === 'show' && html`<${ShowKeys} ownerId=${ownerOf(asking.policy)} policy=${asking.policy.name} onClose=${close} />`}
      ${
        asking?.what === 'regenerate' &&
        html`<${RegenerateKey} policy=${policies.find((each) => isSame(each, asking.policy)) ?? asking.policy} slot=${asking.slot}
          onAction=${async () => {
            await session.api.regenerate(ownerOf(asking.policy), asking.policy.name, asking.slot);
            say(`Regenerated the ${asking.slot} key of ${asking.policy.name}`);
            changed();
          }} onClose=${close} />`
      }
      ${asking?.what === 'sync' && html`<${SyncKeys} row=${row} apps=${old} onDone=${changed} onClose=${close} />`}
    </div>`;
  }}</${Show}>`;
}

function useOf(policy: PolicyUse, slot: KeySlot, now: number): VNode {
  const { changedAt, lastUsedAt, listeners, recentSenders } = policy.keys[slot];
  const apps = policy.apps.filter(({ uses }) => uses === slot);
  const users = [
    listeners.length > 0 && plural(listeners.length, 'listener'),
    recentSenders.length > 0 && plural(recentSenders.length, 'recent sender'),
    apps.length > 0 && plural(apps.length, 'app'),
  ].filter((each) => each !== false);
  return html`<p>${
    users.length > 0
      ? html`<${Badge} tone="good" shape="full">In use</${Badge}> ${users.join(', ')}`
      : html`<${Badge} shape="hollow">Not in use</${Badge}>`
  }</p>
    <p class="muted small">Last used ${lastUsedAt === undefined ? 'never' : formatAgo(lastUsedAt, now)}, made ${formatAgo(changedAt, now)}</p>`;
}

function isSame(a: PolicyUse, b: PolicyUse): boolean {
  return a.level === b.level && a.name === b.name;
}
