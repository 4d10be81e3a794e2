/**
 * Tables. Of a long one only the rows in sight are drawn, so that ten thousand cost what twenty do.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html } from '../html.js';
import { Icon } from './icon.js';

/** A column. */
export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the end of their cell; `actions` have no heading to read. */
  readonly kind?: 'end' | 'actions' | 'tight';
  /** Left out on a narrow window. */
  readonly onlyWide?: boolean;
  /** What to sort by. Absent: the column is not sorted by. */
  readonly sortBy?: (row: Row) => string | number;
  /** Share of the width in a long table, such as `30%`. */
  readonly width?: string;
}

/** What a table is told. */
export interface TableProps<Row> {
  /** What is in it, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Draws only what is in sight, in a box that scrolls. */
  readonly long?: boolean;
  /** Stands in place of the rows when there are none. */
  readonly empty?: ComponentChildren;
}

/** Pixels; the same as in table.css. */
const ROW_HEIGHT = 52;
/** Rows that are drawn above and below those in sight. */
const SPARE = 8;

/** A table; a click on a heading sorts it. */
export function Table<Row>(props: TableProps<Row>): VNode {
  const { label, columns, rows, keyOf, long = false, empty } = props;
  const [sort, setSort] = useState({
    index: columns.findIndex((each) => each.sortBy !== undefined),
    down: false,
  });
  const sorted = sortRows(rows, columns[sort.index]?.sortBy, sort.down);
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ first: 0, count: 40 });

  const look = () => {
    const element = box.current;
    if (!long || element === null) return;
    const first = Math.max(0, Math.floor(element.scrollTop / ROW_HEIGHT) - SPARE);
    const count = Math.ceil(element.clientHeight / ROW_HEIGHT) + 2 * SPARE;
    if (first !== view.first || count !== view.count) setView({ first, count });
  };
  useLayoutEffect(look);

  const first = long ? Math.min(view.first, Math.max(0, sorted.length - view.count)) : 0;
  const shown = long ? sorted.slice(first, first + view.count) : sorted;
  const after = sorted.length - first - shown.length;
  const click = (index: number) => setSort({ index, down: index === sort.index && !sort.down });

  if (rows.length === 0 && empty !== undefined) return html`<div class="table-box">${empty}</div>`;
  return html`<div class=${`table-box${long ? ' long' : ''}`} ref=${box} onScroll=${look}
    tabindex="0" role="group" aria-label=${label}>
    <table class="table" aria-label=${label} aria-rowcount=${sorted.length + 1}>
      <thead><tr aria-rowindex="1">${columns.map((column, index) => heading(column, index, sort, click))}</tr></thead>
      <tbody>
        ${gap(first, columns.length)}
        ${shown.map(
          (row, index) => html`<tr key=${keyOf(row)} aria-rowindex=${first + index + 2}>
            ${columns.map((column, at) => cell(column, row, at))}
          </tr>`,
        )}
        ${gap(after, columns.length)}
      </tbody>
    </table>
  </div>`;
}

function heading<Row>(
  { name, kind, onlyWide, sortBy, width }: Column<Row>,
  index: number,
  sort: { readonly index: number; readonly down: boolean },
  onClick: (index: number) => void,
): VNode {
  const direction = sort.index !== index ? undefined : sort.down ? 'descending' : 'ascending';
  return html`<th key=${name} scope="col" class=${classOf(kind, onlyWide)} width=${width}
    aria-sort=${sortBy === undefined ? undefined : direction}>
    ${
      kind === 'actions'
        ? html`<span class="hidden-text">${name}</span>`
        : sortBy === undefined
          ? name
          : html`<button type="button" class="sort" onClick=${() => onClick(index)}>${name}<${Icon} name="up" /></button>`
    }
  </th>`;
}

function cell<Row>({ name, kind, onlyWide, cell: draw }: Column<Row>, row: Row, index: number): VNode {
  if (index === 0)
    return html`<th key=${name} scope="row" class=${classOf(kind, onlyWide)}>${draw(row)}</th>`;
  return html`<td key=${name} class=${classOf(kind, onlyWide)}>${draw(row)}</td>`;
}

function classOf(kind = '', onlyWide = false): string {
  return `${kind}${onlyWide ? ' only-wide' : ''}`;
}

/** Room for rows that are not drawn. The attribute, as a style attribute would need a laxer policy. */
function gap(rows: number, columns: number): VNode | undefined {
  if (rows === 0) return undefined;
  return html`<tr class="gap" aria-hidden="true"><td colspan=${columns} height=${rows * ROW_HEIGHT}></td></tr>`;
}

/** In order; rows that are equal keep theirs. Exported for its test. */
export function sortRows<Row>(
  rows: readonly Row[],
  by: ((row: Row) => string | number) | undefined,
  down: boolean,
): readonly Row[] {
  if (by === undefined) return rows;
  const keyed = rows.map((row) => ({ row, key: by(row) }));
  const order = (a: string | number, b: string | number) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : COLLATOR.compare(String(a), String(b));
  keyed.sort((a, b) => (down ? order(b.key, a.key) : order(a.key, b.key)));
  return keyed.map(({ row }) => row);
}

const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
