/**
 * Application plans, how much of each is used and by which apps, and the apps.
 * @module
 */
import {
  Badge,
  Button,
  type Column,
  Confirm,
  Empty,
  html,
  Meter,
  PageHead,
  Panel,
  plural,
  Table,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { App, Plan } from '../api/types.js';
import { CreateApp, CreatePlan } from '../parts/create-app.js';
import { hybridConnectionLink } from '../session/links.js';
import { useSession } from '../session/portal-session.js';

type Asking = 'plan' | 'app' | { readonly id: string; readonly name: string; readonly kind: 'plan' | 'app' };

/** The screen. */
export function AppsScreen(): VNode {
  const session = useSession();
  const inventory = useObservable(session.inventory);
  const [asking, setAsking] = useState<Asking>();
  const close = () => setAsking(undefined);
  const may = session.may('operator');
  if (inventory === undefined) return html`<p class="loading" role="status">Loading …</p>`;
  const { plans, apps } = inventory;
  const newPlan = may && html`<${Button} icon="plus" onClick=${() => setAsking('plan')}>New plan</${Button}>`;

  return html`<${PageHead} title="Apps and plans" note="A plan says how many hybrid connections its apps may use together.">
      ${newPlan}
      ${may && plans.length > 0 && html`<${Button} kind="primary" icon="plus" onClick=${() => setAsking('app')}>New app</${Button}>`}
    </${PageHead}>
    ${
      plans.length === 0
        ? html`<div class="panel"><${Empty} icon="apps" title="No plans yet">
            <p>Plans and apps are needed only where apps are to be limited, or told their keys by the relay.</p>${newPlan}
          </${Empty}></div>`
        : html`<div class="columns">${plans.map((plan) => planPanel(plan, apps, may ? setAsking : undefined))}</div>
          <${Panel} title=${plural(apps.length, 'app')}>
            <${Table} label="Apps" columns=${appColumns(may ? setAsking : undefined)} rows=${apps} keyOf=${({ id }: App) => id}
              empty=${html`<${Empty} icon="apps" title="No apps yet" />`} />
          </${Panel}>`
    }
    ${asking === 'plan' && html`<${CreatePlan} onClose=${close} />`}
    ${asking === 'app' && html`<${CreateApp} plans=${plans} onClose=${close} />`}
    ${
      typeof asking === 'object' &&
      html`<${Confirm} title=${`Delete the ${asking.kind} ${asking.name}?`} action="Delete" done=${`Deleted ${asking.name}`}
        onAction=${async () => {
          await session.api.removeWeb(asking.id);
          await session.reload();
        }} onClose=${close}>
        <p>${asking.kind === 'plan' ? 'Only a plan without apps can be deleted.' : 'Its hybrid connections are disconnected from it. Nothing else is lost.'}</p>
      </${Confirm}>`
    }`;
}

function planPanel(plan: Plan, apps: readonly App[], onAsk: ((asking: Asking) => void) | undefined): VNode {
  const count = apps.filter((app) => app.plan === plan.name).length;
  return html`<${Panel} key=${plan.id} title=${plan.name}
    aside=${html`<${Badge}>${plan.tier}</${Badge}>${onAsk && html`<${Button} small label=${`Delete the plan ${plan.name}`} onClick=${() => onAsk({ ...plan, kind: 'plan' })}>Delete</${Button}>`}`}>
    <${Meter} name="Hybrid connections" used=${plan.used} limit=${plan.limit} />
    ${
      plan.hybridConnections.length === 0
        ? html`<p class="muted">${plural(count, 'app')}, none of which uses a hybrid connection.</p>`
        : html`<ul class="stack tight">${plan.hybridConnections.map(
            (each) => html`<li key=${`${each.namespace}/${each.name}`} class="row apart">
              <a href=${hybridConnectionLink(each.namespace, each.name)}>${each.name}</a>
              <span class="muted small">${each.apps.join(', ')}</span>
            </li>`,
          )}</ul>`
    }
  </${Panel}>`;
}

function appColumns(onAsk: ((asking: Asking) => void) | undefined): readonly Column<App>[] {
  return [
    { name: 'Name', sortBy: ({ name }) => name, cell: ({ name }) => name },
    {
      name: 'Plan',
      sortBy: ({ plan }) => plan,
      cell: ({ plan }) => html`<span class="muted">${plan}</span>`,
    },
    {
      name: 'Hybrid connections',
      onlyWide: true,
      cell: ({ hybridConnections }) =>
        hybridConnections.length === 0
          ? html`<span class="muted">None</span>`
          : html`<span class="row">${hybridConnections.map(
              ({ namespace, name }) =>
                html`<a key=${`${namespace}/${name}`} href=${hybridConnectionLink(namespace, name, 'apps')}>${name}</a>`,
            )}</span>`,
    },
    {
      name: 'Keys',
      cell: ({ hybridConnections }) =>
        hybridConnections.every(({ inSync }) => inSync)
          ? html`<${Badge} tone="good" shape="full">In sync</${Badge}>`
          : html`<${Badge} tone="warn" shape="hollow">Old key</${Badge}>`,
    },
    ...(onAsk === undefined
      ? []
      : [
          {
            name: 'Actions',
            kind: 'actions' as const,
            cell: (app: App) =>
              html`<${Button} small label=${`Delete the app ${app.name}`} onClick=${() => onAsk({ id: app.id, name: app.name, kind: 'app' })}>Delete</${Button}>`,
          },
        ]),
  ];
}
