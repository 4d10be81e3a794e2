/**
 * Tokens of the admin port: who has one, making another, taking one back.
 * @module
 */
import {
  Badge,
  Button,
  type Column,
  Confirm,
  Dialog,
  Empty,
  formatTime,
  html,
  Notice,
  PageHead,
  Secret,
  SelectField,
  Show,
  say,
  Table,
  TextField,
  useLoaded,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { AdminToken, Role } from '../api/types.js';
import { useSession } from '../session/portal-session.js';

const ROLES: readonly { readonly value: Role; readonly text: string }[] = [
  { value: 'reader', text: 'Reader: sees everything but keys' },
  { value: 'operator', text: 'Operator: also hybrid connections, keys, apps' },
  { value: 'owner', text: 'Owner: also namespaces and tokens' },
];

/** The screen. */
export function TokensScreen(): VNode {
  const session = useSession();
  const loaded = useLoaded(() => session.api.tokens(), []);
  const [asking, setAsking] = useState<'create' | AdminToken>();
  const own = session.info.value.token.id;
  const columns: readonly Column<AdminToken>[] = [
    {
      name: 'Name',
      sortBy: ({ name }) => name,
      cell: ({ id, name }) => html`${name}${id === own && html` <span class="muted">(yours)</span>`}`,
    },
    { name: 'Role', sortBy: ({ role }) => role, cell: ({ role }) => html`<${Badge}>${role}</${Badge}>` },
    {
      name: 'Created',
      onlyWide: true,
      kind: 'end',
      cell: ({ createdAt }) =>
        html`<span class="muted">${createdAt === undefined ? '–' : formatTime(createdAt)}</span>`,
    },
    {
      name: 'Expires',
      kind: 'end',
      cell: ({ expiresAt }) =>
        expiresAt === undefined ? html`<span class="muted">Never</span>` : formatTime(expiresAt),
    },
    {
      name: 'Actions',
      kind: 'actions',
      cell: (token) =>
        html`<${Button} small label=${`Revoke ${token.name}`} onClick=${() => setAsking(token)}>Revoke</${Button}>`,
    },
  ];
  const create = html`<${Button} kind="primary" icon="plus" onClick=${() => setAsking('create')}>Create</${Button}>`;
  return html`<${PageHead} title="Tokens" note="For people and programs that manage this relay.">${create}</${PageHead}>
    <${Show} loaded=${loaded}>${({
      tokens,
    }: {
      tokens: readonly AdminToken[];
    }) => html`<${Table} label="Tokens" columns=${columns} rows=${tokens}
      keyOf=${({ id }: AdminToken) => id}
      empty=${html`<${Empty} icon="tokens" title="No tokens but the first one">
        <p>The token of the configuration is always an owner. Give everyone else a token of their own, so that the audit log tells who did what.</p>
      </${Empty}>`} />`}</${Show}>
    ${asking === 'create' && html`<${CreateToken} onDone=${loaded.reload} onClose=${() => setAsking(undefined)} />`}
    ${
      typeof asking === 'object' &&
      html`<${Confirm} title=${`Revoke ${asking.name}?`} action="Revoke" done=${`Revoked ${asking.name}`}
        onAction=${async () => {
          await session.api.revokeToken(asking.id);
          loaded.reload();
        }} onClose=${() => setAsking(undefined)}><p>Whoever uses it is signed out at once.</p></${Confirm}>`
    }`;
}

function CreateToken({
  onDone,
  onClose,
}: {
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const { api } = useSession();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('reader');
  const [until, setUntil] = useState('');
  const [asked, setAsked] = useState(false);
  const [made, setMade] = useState<string>();
  const wrong = name.trim() === '' ? 'Say whose it is, or what for.' : undefined;
  const past =
    until !== '' && !(Date.parse(until) > Date.now()) ? 'A time that is still to come.' : undefined;
  const create = async () => {
    setAsked(true);
    if (wrong !== undefined || past !== undefined) return false;
    const { token } = await api.addToken(
      name.trim(),
      role,
      until === '' ? undefined : new Date(until).toISOString(),
    );
    setMade(token);
    say(`Created ${name}`);
    onDone();
    return false;
  };
  if (made !== undefined) {
    return html`<${Dialog} key="made" title=${`The token of ${name}`} onClose=${onClose}>
      <${Notice} tone="warn">This is the only time that it is shown. The relay keeps no copy.</${Notice}>
      <${Secret} name="Token" value=${made} visible />
    </${Dialog}>`;
  }
  return html`<${Dialog} key="create" title="Create a token" action="Create" onAction=${create} onClose=${onClose}>
    <${TextField} label="Name" name="name" value=${name} onInput=${setName} problem=${asked ? wrong : undefined} hint="Whose it is, or what for." />
    <${SelectField} label="Role" name="role" value=${role} onInput=${(value: string) => setRole(value as Role)} options=${ROLES} />
    <${TextField} label="Expires" type="datetime-local" name="expiresAt" value=${until} onInput=${setUntil} problem=${past} hint="Leave it empty for a token that does not." />
  </${Dialog}>`;
}
