/**
 * The log, as it is written: filtered, and followed to its end unless somebody reads further up.
 * @module
 */
import {
  CheckField,
  Empty,
  FilterField,
  formatCount,
  html,
  LogList,
  useMemo,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { LogEntry, LogLevel } from '../../../src/service/api.js';
import { useSession, useStatus } from '../session/manager-session.js';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const TONES = { error: 'bad', warn: 'warn', info: 'quiet', debug: 'quiet' } as const;

/** The view. @param connection - shows only what is about that one. Absent: everything, with a choice. */
export function LogView(props: {
  readonly connection?: string;
  readonly chosen?: string;
  readonly onChoose?: (connection: string) => void;
}): VNode {
  const { connection, chosen = '', onChoose } = props;
  const session = useSession();
  const entries = useObservable(session.log);
  const { connections } = useStatus();
  const [text, setText] = useState('');
  const [least, setLeast] = useState<LogLevel>('info');
  const [isFollowing, setFollowing] = useState(true);
  const id = connection ?? chosen;
  const names = new Map(connections.map((each) => [each.id, each.name]));
  const lines = useMemo(
    () =>
      entries
        .filter((entry) => matches(entry, { id, least, text }))
        .map((entry) => ({
          key: `${entry.at} ${entry.number}`,
          time: entry.at,
          label: entry.level,
          tone: TONES[entry.level] ?? 'quiet',
          text: entry.message,
          note: [names.get(entry.connection ?? '') ?? entry.connection, factsOf(entry)]
            .filter(Boolean)
            .join(' '),
        })),
    [entries, id, least, text, connections],
  );
  return html`<div class="stack">
    <div class="filters">
      <div class="search"><${FilterField} label="Any text">
        <input class="input" type="search" placeholder="Any text" value=${text}
          onInput=${(event: InputEvent) => setText((event.currentTarget as HTMLInputElement).value)} />
      </${FilterField}></div>
      ${
        onChoose !== undefined &&
        html`<${FilterField} label="Hybrid connection">
          <select class="input" value=${chosen} onChange=${(event: Event) => onChoose((event.currentTarget as HTMLSelectElement).value)}>
            <option value="">All hybrid connections</option>
            ${connections.map((each) => html`<option key=${each.id} value=${each.id} selected=${each.id === chosen}>${each.name}</option>`)}
          </select>
        </${FilterField}>`
      }
      <${FilterField} label="Least level">
        <select class="input" value=${least} onChange=${(event: Event) => setLeast((event.currentTarget as HTMLSelectElement).value as LogLevel)}>
          ${LEVELS.map((level) => html`<option key=${level} value=${level} selected=${level === least}>${`${level} and worse`}</option>`)}
        </select>
      </${FilterField}>
      <${CheckField} checked=${isFollowing} onInput=${setFollowing}>Follow</${CheckField}>
      ${lines.length !== entries.length && html`<span class="muted small" role="status">${formatCount(lines.length)} of ${formatCount(entries.length)}</span>`}
    </div>
    ${
      lines.length === 0
        ? html`<div class="panel"><${Empty} icon="audit" title=${entries.length === 0 ? 'Nothing was logged yet' : 'Nothing matches'} /></div>`
        : html`<${LogList} label="Log" lines=${lines} follow=${isFollowing} />`
    }
  </div>`;
}

interface Filter {
  readonly id: string;
  readonly least: LogLevel;
  readonly text: string;
}

function matches(entry: LogEntry, { id, least, text }: Filter): boolean {
  if (id !== '' && entry.connection !== id) return false;
  if (LEVELS.indexOf(entry.level) < LEVELS.indexOf(least)) return false;
  const wanted = text.trim().toLowerCase();
  return (
    wanted === '' ||
    `${entry.message}\n${entry.connection ?? ''}\n${factsOf(entry)}`.toLowerCase().includes(wanted)
  );
}

function factsOf({ facts }: LogEntry): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}
