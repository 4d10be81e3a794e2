/**
 * The dialog that attaches a hybrid connection to an app, which may be a new one, in a plan that may be new as well.
 *
 * Whether it may be attached is the relay's to say: its reason is shown as it comes.
 * @module
 */
import { Dialog, html, Meter, Notice, SelectField, say, TextField, useState, type VNode } from '@hybridge/ui';
import { appPath, type Labels, planPath } from '../api/relay-api.js';
import type { Inventory } from '../api/types.js';
import { checkLabel } from '../parts/checks.js';
import type { HybridConnectionRow } from '../session/hybrid-connections.js';
import { useSession } from '../session/portal-session.js';
import { isSamePlace } from '../session/same-name.js';

/** Stands for what is not there yet. No name has a space at its start. */
const NEW = ' new';
const TIERS = ['Basic', 'Standard', 'Premium', 'Isolated'].map((value) => ({ value, text: value }));

/** The dialog. */
export function AttachApp({
  row,
  inventory,
  onClose,
}: {
  readonly row: HybridConnectionRow;
  readonly inventory: Inventory;
  readonly onClose: () => void;
}): VNode {
  const session = useSession();
  const { labels } = session.info.value;
  const free = inventory.apps.filter((app) => !app.hybridConnections.some((each) => isSamePlace(each, row)));
  const [appId, setAppId] = useState(free[0]?.id ?? NEW);
  const [appName, setAppName] = useState('');
  const [planId, setPlanId] = useState(inventory.plans[0]?.id ?? NEW);
  const [planName, setPlanName] = useState('');
  const [tier, setTier] = useState('Standard');
  const [asked, setAsked] = useState(false);

  const isNewApp = appId === NEW;
  const isNewPlan = isNewApp && planId === NEW;
  const app = free.find(({ id }) => id === appId);
  const plan = isNewApp
    ? inventory.plans.find(({ id }) => id === planId)
    : inventory.plans.find(({ name }) => name === app?.plan);
  const wrongApp = isNewApp ? checkLabel(appName) : undefined;
  const wrongPlan = isNewPlan ? checkLabel(planName) : undefined;

  const attach = async () => {
    setAsked(true);
    if (wrongApp !== undefined || wrongPlan !== undefined) return false;
    if (isNewPlan) await session.api.putPlan(labels, planName, tier);
    // An app is in the subscription of its plan.
    const home: Labels = isNewPlan ? labels : labelsIn(planId, labels);
    if (isNewApp) await session.api.putApp(home, appName, isNewPlan ? planPath(labels, planName) : planId);
    try {
      await session.api.attach(isNewApp ? appPath(home, appName) : appId, row.namespace, row);
    } finally {
      await session.reload();
    }
    say(`Attached to ${isNewApp ? appName : app?.name}`);
    return true;
  };

  return html`<${Dialog} title=${`Attach ${row.name} to an app`} action="Attach" onAction=${attach} onClose=${onClose}>
    ${
      (row.endpoint === undefined || !row.requiresClientAuthorization) &&
      html`<${Notice} tone="warn">Apps may only use hybrid connections that have an endpoint and need a token. This one ${row.endpoint === undefined ? 'has no endpoint' : 'needs no token'}.</${Notice}>`
    }
    <${SelectField} label="App" name="app" value=${appId} onInput=${setAppId}
      options=${[...free.map(({ id, name }) => ({ value: id, text: name })), { value: NEW, text: 'A new app …' }]} />
    ${
      isNewApp &&
      html`<${TextField} label="Name of the new app" name="appName" value=${appName} onInput=${setAppName} problem=${asked || appName !== '' ? wrongApp : undefined} />
        <${SelectField} label="Plan" name="plan" value=${planId} onInput=${setPlanId}
          options=${[...inventory.plans.map(({ id, name, tier: its }) => ({ value: id, text: `${name} (${its})` })), { value: NEW, text: 'A new plan …' }]} />`
    }
    ${
      isNewPlan &&
      html`<${TextField} label="Name of the new plan" name="planName" value=${planName} onInput=${setPlanName} problem=${asked || planName !== '' ? wrongPlan : undefined} />
        <${SelectField} label="Tier" name="tier" value=${tier} onInput=${setTier} options=${TIERS}
          hint="How many hybrid connections its apps may use: Basic 5, Standard 25, Premium and Isolated 200." />`
    }
    ${plan !== undefined && html`<${Meter} name=${`Used by the plan ${plan.name}`} used=${plan.used} limit=${plan.limit} />`}
  </${Dialog}>`;
}

function labelsIn(id: string, fallback: Labels): Labels {
  const [, subscription, resourceGroup] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)/i.exec(id) ?? [];
  if (subscription === undefined || resourceGroup === undefined) return fallback;
  return { subscription: decodeURIComponent(subscription), resourceGroup: decodeURIComponent(resourceGroup) };
}
