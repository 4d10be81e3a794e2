/**
 * What a hybrid connection is, and the two connection strings that its two sides need.
 * @module
 */
import {
  Badge,
  Choice,
  Facts,
  formatTime,
  html,
  linkTo,
  Notice,
  Panel,
  Secret,
  Show,
  useLoaded,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { KeySlot, Keys, PolicyUse } from '../api/types.js';
import { endpointMetadata } from '../parts/checks.js';
import type { HybridConnectionRow } from '../session/hybrid-connections.js';
import { useSession } from '../session/portal-session.js';

/** The tab. */
export function Properties({ row }: { readonly row: HybridConnectionRow }): VNode {
  return html`<div class="columns">
    <${Panel} title="Properties">
      <${Facts} facts=${[
        ['Namespace', html`<a href=${linkTo(['namespaces', row.namespace])}>${row.namespace}</a>`],
        [
          'Endpoint',
          row.endpoint === undefined
            ? html`<span class="muted">None</span>`
            : html`<code>${row.endpoint}</code>`,
        ],
        ['Listeners', String(row.listenerCount)],
        ['Token needed', row.requiresClientAuthorization ? 'Yes' : html`<${Badge} tone="warn">No</${Badge}>`],
        ...(saysMore(row) ? [['Metadata', html`<code>${row.userMetadata}</code>`] as const] : []),
        ['Created', formatTime(row.createdAt)],
        ['Changed', formatTime(row.updatedAt)],
        ['Kept in', row.declared ? 'The configuration file' : 'The data folder'],
      ]} />
    </${Panel}>
    <${ConnectionStrings} row=${row} />
  </div>`;
}

/** Whether the metadata has more in it than the endpoint, which is shown already. */
function saysMore({ endpoint, userMetadata }: HybridConnectionRow): boolean {
  const [host = '', port = ''] = endpoint?.split(':') ?? [];
  return userMetadata !== undefined && userMetadata !== endpointMetadata(host, port);
}

interface Strings {
  readonly application: { readonly policy: string; readonly keys: Keys } | undefined;
  readonly onPremises: { readonly policy: string; readonly keys: Keys } | undefined;
}

function ConnectionStrings({ row }: { readonly row: HybridConnectionRow }): VNode {
  const session = useSession();
  const [slot, setSlot] = useState<KeySlot>('primary');
  const may = session.may('operator');
  const loaded = useLoaded<Strings | undefined>(
    async (signal) => {
      if (!may) return undefined;
      const place = { namespace: row.namespace, hybridConnection: row.name };
      const { policies } = await session.api.keyUse(place, signal);
      const keysOf = async (right: string) => {
        const policy = policyFor(right, policies);
        if (policy === undefined) return undefined;
        const owner = policy.level === 'namespace' ? row.namespaceId : row.id;
        return { policy: policy.name, keys: await session.api.keys(owner, policy.name) };
      };
      return { application: await keysOf('Send'), onPremises: await keysOf('Listen') };
    },
    [row.id, may],
  );
  const aside =
    may &&
    html`<${Choice} label="Which key" value=${slot} onChange=${setSlot}
      options=${[{ value: 'primary', text: 'Primary' }, { value: 'secondary', text: 'Secondary' }]} />`;
  return html`<${Panel} title="Connection strings" aside=${aside}>
    <${Show} loaded=${may ? loaded : { ...loaded, value: loaded.value ?? null }}>${(
      strings: Strings | null,
    ) =>
      strings === null
        ? html`<${Notice}>They hold keys, which this token may not read. Ask for a token with the role operator.</${Notice}>`
        : html`<div class="stack">
          ${one('Application', 'For the applications that connect', strings.application, slot)}
          ${one('On-premises', 'For the managers in the network of the endpoint', strings.onPremises, slot)}
        </div>`}</${Show}>
  </${Panel}>`;
}

function one(name: string, purpose: string, found: Strings['application'], slot: KeySlot): VNode {
  if (found === undefined) {
    return html`<${Notice} tone="warn"><strong>${name}</strong><p>No policy allows what this side needs.</p></${Notice}>`;
  }
  const { keys, policy } = found;
  return html`<div class="stack tight">
    <${Secret} key=${slot} name=${`${name} connection string`}
      value=${slot === 'primary' ? keys.primaryConnectionString : keys.secondaryConnectionString} />
    <p class="hint">${purpose}. Policy <code>${policy}</code>.</p>
  </div>`;
}

/** The policy with just this right; else one that has it among others, its own before the namespace's. */
function policyFor(right: string, policies: readonly PolicyUse[]): PolicyUse | undefined {
  const own = policies.filter(({ level }) => level === 'hybridConnection');
  const just = own.find(({ rights }) => rights.length === 1 && rights[0] === right);
  return just ?? [...own, ...policies].find(({ rights }) => rights.includes(right));
}
