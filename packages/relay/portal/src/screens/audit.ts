/**
 * The audit log: newest first, with filters that stand in the address, and older pages below.
 * @module
 */
import {
  Button,
  FilterField,
  goTo,
  html,
  linkTo,
  PageHead,
  RecordTable,
  TextField,
  useObservable,
  usePages,
  useState,
  type VNode,
} from '@hybridge/ui';
import { auditEntry } from '../parts/audit-entry.js';
import { useSession } from '../session/portal-session.js';

const FIELDS = ['text', 'operation', 'namespace', 'hybridConnection', 'policy', 'from', 'to'] as const;
type Filter = Partial<Record<(typeof FIELDS)[number], string>>;

/** The screen. @param initial - the filter in the address */
export function AuditScreen({ initial }: { readonly initial: URLSearchParams }): VNode {
  const session = useSession();
  const applied = filterIn(initial);
  const [filter, setFilter] = useState(applied);
  const pages = usePages((before) => session.api.audit({ ...queryOf(applied), before }));
  const isFiltered = Object.keys(applied).length > 0;
  const inventory = useObservable(session.inventory);

  const apply = (event: Event) => {
    event.preventDefault();
    const chosen = Object.entries(filter).filter(([, value]) => value !== '');
    goTo(linkTo(['audit'], Object.fromEntries(chosen)));
    if (new URLSearchParams(Object.fromEntries(chosen)).toString() === initial.toString()) pages.more(true);
  };
  const set = (name: keyof Filter) => (value: string) => setFilter({ ...filter, [name]: value });
  const field = (
    name: keyof Filter,
    label: string,
    type = 'text',
  ) => html`<${TextField} label=${label} type=${type}
    name=${name} value=${filter[name] ?? ''} onInput=${set(name)} />`;
  const hasMore = FIELDS.some(
    (name) => name !== 'text' && name !== 'namespace' && applied[name] !== undefined,
  );

  return html`<${PageHead} title="Audit log" note="Who reached what, and who changed what." />
    <form class="stack tight" onSubmit=${apply}>
      <div class="filters">
        <div class="search"><${FilterField} label="Any text">
          <input class="input" type="search" name="text" placeholder="Any text" value=${filter.text ?? ''}
            onInput=${(event: InputEvent) => set('text')((event.currentTarget as HTMLInputElement).value)} />
        </${FilterField}></div>
        <${FilterField} label="Namespace">
          <select class="input" name="namespace" value=${filter.namespace ?? ''}
            onChange=${(event: Event) => set('namespace')((event.currentTarget as HTMLSelectElement).value)}>
            <option value="">All namespaces</option>
            ${inventory?.namespaces.map(({ name }) => html`<option key=${name} value=${name} selected=${name === filter.namespace}>${name}</option>`)}
          </select>
        </${FilterField}>
        <${Button} type="submit" kind="primary">Filter</${Button}>
        ${isFiltered && html`<a class="button quiet" href=${linkTo(['audit'])}>Clear</a>`}
      </div>
      <details class="more-filters" open=${hasMore}><summary>More filters</summary><div>
        ${field('hybridConnection', 'Hybrid connection')}
        ${field('operation', 'Operation')}
        ${field('policy', 'Policy')}
        ${field('from', 'From', 'datetime-local')}
        ${field('to', 'To', 'datetime-local')}
      </div></details>
    </form>
    <${RecordTable} label="Audit records" pages=${pages} row=${auditEntry} none=${isFiltered ? 'No record matches' : 'No records yet'} />`;
}

function filterIn(query: URLSearchParams): Filter {
  return Object.fromEntries(
    FIELDS.map((name) => [name, query.get(name) ?? '']).filter(([, value]) => value !== ''),
  );
}

/** Times are typed in the reader's zone, and asked for in UTC. */
function queryOf(filter: Filter): Filter {
  const utc = (value: string | undefined) => {
    const date = new Date(value ?? '');
    return Number.isNaN(date.getTime()) ? '' : date.toISOString();
  };
  return { ...filter, from: utc(filter.from), to: utc(filter.to) };
}
