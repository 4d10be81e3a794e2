/**
 * One namespace: what it is, its limits, and its policies.
 * @module
 */
import {
  Badge,
  Button,
  Confirm,
  Facts,
  formatCount,
  formatTime,
  goTo,
  html,
  linkTo,
  Meter,
  NotFound,
  PageHead,
  Panel,
  Show,
  say,
  useLoaded,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { KeySlot, PolicyUse, Rule } from '../api/types.js';
import { limitsOf } from '../details/limits.js';
import { mergedUse } from '../details/merged-use.js';
import { RegenerateKey } from '../details/regenerate-key.js';
import { ShowKeys } from '../details/show-keys.js';
import { useHybridConnections } from '../session/hybrid-connections.js';
import { useSession } from '../session/portal-session.js';

/** How many hybrid connections are asked who uses a key of their namespace. */
const MOST_ASKED = 100;

/** The screen. */
export function NamespaceScreen({ name }: { readonly name: string }): VNode {
  const session = useSession();
  const inventory = useObservable(session.inventory);
  const info = useObservable(session.info);
  const rows = (useHybridConnections() ?? []).filter(
    (row) => row.namespace.toLowerCase() === name.toLowerCase(),
  );
  const [deleting, setDeleting] = useState(false);
  if (inventory === undefined) return html`<p class="loading" role="status">Loading …</p>`;
  const namespace = inventory.namespaces.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (namespace === undefined) return html`<${NotFound} home="Overview" what="namespace" />`;

  const limits = limitsOf(info.limits, namespace.limits);
  const remove = async () => {
    await session.api.remove(namespace.id);
    goTo(linkTo(['namespaces']));
    await session.reload();
  };
  return html`<${PageHead} title=${namespace.name} crumbs=${[{ text: 'Namespaces', href: linkTo(['namespaces']) }]}>
      <a class="button" href=${linkTo(['hybrid-connections'], { namespace: namespace.name })}>Its hybrid connections</a>
      ${session.may('owner') && html`<${Button} kind="danger" onClick=${() => setDeleting(true)}>Delete</${Button}>`}
    </${PageHead}>
    <div class="columns">
      <${Panel} title="Properties">
        <${Facts} facts=${[
          [
            'Hybrid connections',
            `${formatCount(rows.length)}, ${formatCount(rows.filter(({ status }) => status === 'Connected').length)} connected`,
          ],
          [
            'Other names',
            namespace.hosts.length === 0 ? html`<span class="muted">None</span>` : namespace.hosts.join(', '),
          ],
          ['Resource id', html`<code>${namespace.id}</code>`],
          ['Created', formatTime(namespace.createdAt)],
          ['Kept in', namespace.declared ? 'The configuration file' : 'The data folder'],
        ]} />
      </${Panel}>
      <${Panel} title="Scale">
        <${Meter} name="Hybrid connections" used=${rows.length} limit=${limits.hybridConnections} />
        <${Meter} name="Connections" used=${rows.reduce((sum, row) => sum + row.connections, 0)} limit=${limits.connections} />
      </${Panel}>
    </div>
    <${Policies} namespace=${namespace.name} id=${namespace.id} />
    ${
      deleting &&
      html`<${Confirm} title=${`Delete ${namespace.name}?`} action="Delete" done=${`Deleted ${namespace.name}`} onAction=${remove} onClose=${() => setDeleting(false)}>
        <p>Its ${formatCount(rows.length)} hybrid connections, policies and keys go with it, and whoever is connected is cut off.</p>
      </${Confirm}>`
    }`;
}

type Asking = { readonly policy: string; readonly slot?: KeySlot };

function Policies({ namespace, id }: { readonly namespace: string; readonly id: string }): VNode {
  const session = useSession();
  const loaded = useLoaded((signal) => session.api.rules(id, signal), [id]);
  const [asking, setAsking] = useState<Asking>();
  const close = () => setAsking(undefined);
  const may = session.may('operator');
  return html`<${Panel} title="Policies of the namespace">
    <p class="hint">They hold for all of its hybrid connections. Each hybrid connection has policies of its own, which allow less.</p>
    <${Show} loaded=${loaded}>${({ value }: { value: readonly Rule[] }) => html`<ul class="stack tight">
      ${value.map(
        ({ name, properties }) => html`<li key=${name} class="row apart">
          <span class="row"><strong>${name}</strong>${properties.rights.map((right) => html`<${Badge} key=${right}>${right}</${Badge}>`)}</span>
          ${
            may &&
            html`<span class="row">
              <${Button} small icon="eye" label=${`Show connection strings of ${name}`} onClick=${() => setAsking({ policy: name })}>Show</${Button}>
              <${Button} small label=${`Regenerate primary key of ${name}`} onClick=${() => setAsking({ policy: name, slot: 'primary' })}>Regenerate primary</${Button}>
              <${Button} small label=${`Regenerate secondary key of ${name}`} onClick=${() => setAsking({ policy: name, slot: 'secondary' })}>Regenerate secondary</${Button}>
            </span>`
          }
        </li>`,
      )}
    </ul>`}</${Show}>
    ${asking !== undefined && asking.slot === undefined && html`<${ShowKeys} ownerId=${id} policy=${asking.policy} onClose=${close} />`}
    ${asking?.slot !== undefined && html`<${RegenerateOfNamespace} namespace=${namespace} id=${id} policy=${asking.policy} slot=${asking.slot} onClose=${close} />`}
  </${Panel}>`;
}

/** Who uses a key is asked of each hybrid connection; it takes a moment, so the dialog comes when that is known. */
function RegenerateOfNamespace(props: {
  readonly namespace: string;
  readonly id: string;
  readonly policy: string;
  readonly slot: KeySlot;
  readonly onClose: () => void;
}): VNode {
  const { namespace, id, policy, slot, onClose } = props;
  const { api, inventory } = useSession();
  const names = inventory.value?.namespaces.find(({ name }) => name === namespace)?.hybridConnections ?? [];
  const loaded = useLoaded(
    async (signal) => {
      const asked = names
        .slice(0, MOST_ASKED)
        .map(({ name }) => api.keyUse({ namespace, hybridConnection: name }, signal));
      const uses = (await Promise.all(asked)).flatMap(({ policies }) => policies);
      return mergedUse(
        uses.filter((each) => each.level === 'namespace' && each.name === policy),
        policy,
      );
    },
    [id, policy, slot],
  );
  const regenerate = async () => {
    await api.regenerate(id, policy, slot);
    say(`Regenerated the ${slot} key of ${policy}`);
  };
  return html`<${Show} loaded=${loaded}>${(
    use: PolicyUse,
  ) => html`<${RegenerateKey} policy=${use} slot=${slot}
    note=${names.length > MOST_ASKED ? `Only the first ${MOST_ASKED} of ${names.length} hybrid connections were asked who uses it.` : undefined}
    onAction=${regenerate} onClose=${onClose} />`}</${Show}>`;
}
