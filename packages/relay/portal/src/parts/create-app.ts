/**
 * The dialogs that make plans and apps.
 * @module
 */
import { Dialog, html, SelectField, say, TextField, useState, type VNode } from '@hybridge/ui';
import type { Plan } from '../api/types.js';
import { useSession } from '../session/portal-session.js';
import { checkLabel } from './checks.js';

const TIERS = [
  { value: 'Basic', text: 'Basic: 5 hybrid connections' },
  { value: 'Standard', text: 'Standard: 25' },
  { value: 'Premium', text: 'Premium: 200' },
  { value: 'Isolated', text: 'Isolated: 200' },
];

/** Makes a plan. */
export function CreatePlan({ onClose }: { readonly onClose: () => void }): VNode {
  const [tier, setTier] = useState('Standard');
  const session = useSession();
  return html`<${Named} title="New plan" onClose=${onClose}
    onCreate=${(name: string) => session.api.putPlan(session.info.value.labels, name, tier)}>
    <${SelectField} label="Tier" name="tier" value=${tier} onInput=${setTier} options=${TIERS} />
  </${Named}>`;
}

/** Makes an app. */
export function CreateApp({
  plans,
  onClose,
}: {
  readonly plans: readonly Plan[];
  readonly onClose: () => void;
}): VNode {
  const [plan, setPlan] = useState(plans[0]?.id ?? '');
  const session = useSession();
  return html`<${Named} title="New app" onClose=${onClose}
    onCreate=${(name: string) => session.api.putApp(session.info.value.labels, name, plan)}>
    <${SelectField} label="Plan" name="plan" value=${plan} onInput=${setPlan} options=${plans.map(({ id, name }) => ({ value: id, text: name }))} />
  </${Named}>`;
}

function Named(props: {
  readonly title: string;
  readonly onCreate: (name: string) => Promise<unknown>;
  readonly onClose: () => void;
  readonly children?: unknown;
}): VNode {
  const { title, onCreate, onClose, children } = props;
  const session = useSession();
  const [name, setName] = useState('');
  const [asked, setAsked] = useState(false);
  const wrong = checkLabel(name);
  const create = async () => {
    setAsked(true);
    if (wrong !== undefined) return false;
    await onCreate(name);
    await session.reload();
    say(`Created ${name}`);
    return true;
  };
  return html`<${Dialog} title=${title} action="Create" onAction=${create} onClose=${onClose}>
    <${TextField} label="Name" name="name" value=${name} onInput=${setName} problem=${asked || name !== '' ? wrong : undefined} />
    ${children}
  </${Dialog}>`;
}
