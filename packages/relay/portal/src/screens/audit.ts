/**
 * The audit log: newest first, with filters that stand in the address, and older pages below.
 * @module
 */
import {
  Button,
  Empty,
  FilterField,
  formatTime,
  goTo,
  html,
  linkTo,
  messageOf,
  Notice,
  PageHead,
  TextField,
  useEffect,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { AuditRecord } from '../api/types.js';
import { auditEntry } from '../parts/audit-entry.js';
import { useSession } from '../session/portal-session.js';

const FIELDS = ['text', 'operation', 'namespace', 'hybridConnection', 'policy', 'from', 'to'] as const;
type Filter = Partial<Record<(typeof FIELDS)[number], string>>;

/** The screen. @param initial - the filter in the address */
export function AuditScreen({ initial }: { readonly initial: URLSearchParams }): VNode {
  const session = useSession();
  const applied = filterIn(initial);
  const [filter, setFilter] = useState(applied);
  const { records, next, busy, problem, more } = useAuditPages(applied);
  const isFiltered = Object.keys(applied).length > 0;
  const inventory = useObservable(session.inventory);

  const apply = (event: Event) => {
    event.preventDefault();
    const chosen = Object.entries(filter).filter(([, value]) => value !== '');
    goTo(linkTo(['audit'], Object.fromEntries(chosen)));
    if (new URLSearchParams(Object.fromEntries(chosen)).toString() === initial.toString()) more(true);
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
    ${problem !== undefined && html`<div role="alert"><${Notice} tone="bad">${messageOf(problem)}</${Notice}></div>`}
    ${
      records === undefined
        ? busy && html`<p class="loading" role="status">Loading …</p>`
        : records.length === 0
          ? html`<div class="panel"><${Empty} icon="audit" title=${isFiltered ? 'No record matches' : 'No records yet'} /></div>`
          : html`<div class="table-box" tabindex="0" role="group" aria-label="Audit records"><table class="table" aria-label="Audit records">
            <thead><tr><th scope="col">Time</th><th scope="col">Event</th><th scope="col" class="only-wide">Subject</th></tr></thead>
            <tbody>${records.map((record, index) => recordRow(record, index))}</tbody>
          </table></div>`
    }
    ${next !== undefined && html`<div><${Button} disabled=${busy} onClick=${() => more(false)}>${busy ? 'One moment …' : 'Older records'}</${Button}></div>`}`;
}

function recordRow(record: AuditRecord, index: number): VNode {
  const { time, operation, message, subject, details } = auditEntry(record);
  return html`<tr key=${`${time} ${index}`}>
    <th scope="row" class="tight number">${formatTime(time)}</th>
    <td><details><summary>${message} <span class="muted small">${operation}</span></summary>
      <div class="record-details">${details.map(([name, value]) => `${name}: ${value}`).join('\n')}</div></details></td>
    <td class="only-wide">${subject}</td>
  </tr>`;
}

interface Pages {
  readonly records: readonly AuditRecord[] | undefined;
  readonly next: string | undefined;
  readonly busy: boolean;
  readonly problem: unknown;
  /** Reads the next page, or the first one anew. */
  readonly more: (anew: boolean) => void;
}

function useAuditPages(filter: Filter): Pages {
  const { api } = useSession();
  const [state, setState] = useState<Omit<Pages, 'more'>>({
    records: undefined,
    next: undefined,
    busy: true,
    problem: undefined,
  });
  const read = async (anew: boolean) => {
    setState((last) => ({ ...last, busy: true, problem: undefined }));
    try {
      const before = anew ? undefined : state.next;
      const page = await api.audit({ ...queryOf(filter), before });
      setState((last) => ({
        records: anew ? page.records : [...(last.records ?? []), ...page.records],
        next: page.next,
        busy: false,
        problem: undefined,
      }));
    } catch (problem) {
      setState((last) => ({ ...last, busy: false, problem }));
    }
  };
  useEffect(() => void read(true), []);
  return { ...state, more: (anew) => void read(anew) };
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
