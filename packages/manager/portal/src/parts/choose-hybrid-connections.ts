/**
 * What there is at a relay: those that can be chosen, those that are configured already, and why the others cannot.
 * @module
 */
import {
  Badge,
  Button,
  CheckField,
  type Column,
  Empty,
  FilterField,
  formatTime,
  goTo,
  html,
  messageOf,
  Notice,
  plural,
  say,
  Table,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { Login, LoginHybridConnection } from '../../../src/service/api.js';
import { useSession } from '../session/manager-session.js';
import { asSentence } from './sentence.js';

/** From so many on only the rows in sight are drawn. */
const MANY = 50;

interface Row extends LoginHybridConnection {
  readonly namespace: string;
  readonly key: string;
}

/** The list, with what to do below it. */
export function ChooseHybridConnections(props: {
  readonly login: Login;
  readonly onReload: () => Promise<void>;
  readonly onSignOut: () => void;
}): VNode {
  const { login, onReload, onSignOut } = props;
  const session = useSession();
  const rows = rowsOf(login);
  const [namespace, setNamespace] = useState('');
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isBusy, setBusy] = useState(false);
  const [failures, setFailures] = useState<readonly string[]>([]);
  const wanted = text.trim().toLowerCase();
  const shown = rows.filter(
    (row) =>
      (namespace === '' || row.namespace === namespace) &&
      `${row.name}\n${row.endpoint ?? ''}`.toLowerCase().includes(wanted),
  );
  const picked = rows.filter((row) => chosen.has(row.key) && canBeChosen(row));

  const choose = (key: string, isChosen: boolean) => {
    const next = new Set(chosen);
    if (isChosen) next.add(key);
    else next.delete(key);
    setChosen(next);
  };
  const save = async () => {
    setBusy(true);
    const problems: string[] = [];
    for (const row of picked) {
      try {
        await session.api.add({ login: login.id, namespace: row.namespace, hybridConnection: row.name });
      } catch (error) {
        problems.push(`${row.name}: ${messageOf(error)}`);
      }
    }
    const saved = picked.length - problems.length;
    if (saved > 0) say(`Configured ${plural(saved, 'hybrid connection')}`);
    await session.reload().catch(() => undefined); // the stream tells it, too
    setBusy(false);
    setFailures(problems);
    if (problems.length === 0) goTo('#/');
    else await onReload();
  };

  return html`<div class="stack">
    <div class="row apart">
      <span class="muted">Signed in at <code>${login.url}</code> until ${formatTime(login.expiresAt).slice(11, 16)}</span>
      <span class="row"><${Button} small onClick=${() => void onReload()}>Reload</${Button}><${Button} small onClick=${onSignOut}>Sign out</${Button}></span>
    </div>
    ${login.warning !== undefined && html`<${Notice} tone="warn">${asSentence(login.warning)}</${Notice}>`}
    <div class="filters">
      <${FilterField} label="Namespace">
        <select class="input" value=${namespace} onChange=${(event: Event) => setNamespace((event.currentTarget as HTMLSelectElement).value)}>
          <option value="">All namespaces</option>
          ${login.namespaces.map(({ name }) => html`<option key=${name} value=${name} selected=${name === namespace}>${name}</option>`)}
        </select>
      </${FilterField}>
      <div class="search"><${FilterField} label="Filter by name or endpoint">
        <input class="input" type="search" placeholder="Filter by name or endpoint" value=${text}
          onInput=${(event: InputEvent) => setText((event.currentTarget as HTMLInputElement).value)} />
      </${FilterField}></div>
    </div>
    <${Table} label="Hybrid connections of the relay" rows=${shown} keyOf=${({ key }: Row) => key} long=${shown.length > MANY}
      columns=${columnsFor(chosen, choose)}
      empty=${html`<${Empty} icon="search" title=${rows.length === 0 ? 'The relay has no hybrid connection yet' : 'Nothing matches'}>
        ${rows.length === 0 && html`<p>Create one in the relay's portal, and reload this list.</p>`}
      </${Empty}>`} />
    ${
      failures.length > 0 &&
      html`<div role="alert"><${Notice} tone="bad"><p>Not everything could be configured:</p>
        <ul>${failures.map((failure) => html`<li key=${failure}>${failure}</li>`)}</ul></${Notice}></div>`
    }
    <div class="row">
      <${Button} kind="primary" disabled=${isBusy || picked.length === 0} onClick=${() => void save()}>
        ${isBusy ? 'One moment …' : picked.length === 0 ? 'Save' : `Save ${plural(picked.length, 'hybrid connection')}`}
      </${Button}>
      <a class="button quiet" href="#/">Cancel</a>
    </div>
  </div>`;
}

function columnsFor(
  chosen: ReadonlySet<string>,
  choose: (key: string, isChosen: boolean) => void,
): readonly Column<Row>[] {
  return [
    {
      name: 'Name',
      sortBy: ({ name }) => name,
      cell: (
        row,
      ) => html`<${CheckField} checked=${row.isConfigured || chosen.has(row.key)} disabled=${!canBeChosen(row)}
          onInput=${(isChosen: boolean) => choose(row.key, isChosen)}>${row.name}</${CheckField}>
        <div class="muted small">${row.namespace}</div>`,
    },
    {
      name: 'Status',
      width: '38%',
      cell: (row) =>
        row.isConfigured
          ? html`<${Badge} tone="good" shape="full">Configured</${Badge}>`
          : row.reason !== undefined
            ? html`<${Badge} tone="warn" shape="hollow">Cannot be chosen</${Badge}><div class="muted small reason" title=${row.reason}>${asSentence(row.reason)}</div>`
            : html`<span class="muted">${row.listeners === 0 ? 'No listener yet' : plural(row.listeners, 'listener')}</span>`,
    },
    {
      name: 'Endpoint',
      onlyWide: true,
      sortBy: ({ endpoint = '' }) => endpoint,
      cell: ({ endpoint }) => html`<span class="muted">${endpoint ?? '–'}</span>`,
    },
  ];
}

function canBeChosen({ isConfigured, reason }: LoginHybridConnection): boolean {
  return !isConfigured && reason === undefined;
}

function rowsOf({ namespaces }: Login): readonly Row[] {
  return namespaces.flatMap(({ name: namespace, hybridConnections }) =>
    hybridConnections.map((each) => ({ ...each, namespace, key: `${namespace}\n${each.name}` })),
  );
}
