/**
 * Which cell of which table a test of the conformance suites belongs to, by its file and its titles.
 *
 * The suites name a pairing `listener ← sender`; inside it each `describe` is a facet.
 * @module
 */

/**
 * @typedef {object} Test
 * @property {string} file - its name, without `.test.ts`; in a folder, `folder/name`
 * @property {string[]} suites - titles of the `describe`s around it, outermost first
 * @property {string} title
 * @property {'passed' | 'failed' | 'skipped'} state
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Cell
 * @typedef {{ title: string, columns: string[], rows: { name: string, cells: (Cell | undefined)[] }[] }} Table
 */

const ARROW = ' ← ';

/** @param {Test} test @returns {{ table: string, row: string, column: string }} */
function placeOf({ file, suites }) {
  const at = suites.findIndex((title) => title.includes(ARROW));
  if (at !== -1) {
    const [listener, sender] = suites[at].split(ARROW);
    const around = suites[at - 1] ?? 'HTTP through a relay';
    const what = around.startsWith('HTTP') ? around : `WebSockets ${around}`;
    return { table: `${what}, listener ${listener}`, row: suites[at + 1] ?? '', column: sender };
  }
  if (file.startsWith('quirks/')) {
    return { table: 'Quirks of each client', row: file.slice('quirks/'.length), column: 'tests' };
  }
  if (file.startsWith('socket-') && suites.length > 1) {
    return { table: 'Behaviour of a socket', row: suites[1], column: suites[0] };
  }
  if (file.startsWith('drivers-')) {
    // What stands around a server says whether there is one.
    const at = suites.findIndex((suite) => / through a tunnel$/.test(suite));
    const [service = '', driver = ''] = suites.slice(Math.max(at, 0));
    return { table: 'Drivers', row: driver, column: service.replace(/,? through a tunnel/, '') };
  }
  return { table: 'Everything else', row: suites[0] ?? file, column: 'tests' };
}

/** @param {Test[]} tests @returns {Table[]} in the order of their first tests */
export function tablesOf(tests) {
  /** @type {Map<string, { columns: Set<string>, rows: Map<string, Map<string, Cell>> }>} */
  const tables = new Map();
  for (const test of tests) {
    const { table, row, column } = placeOf(test);
    const { columns, rows } = getOr(tables, table, () => ({ columns: new Set(), rows: new Map() }));
    columns.add(column);
    const cells = getOr(rows, row, () => new Map());
    getOr(cells, column, () => ({ passed: 0, failed: 0, skipped: 0 }))[test.state] += 1;
  }
  return [...tables].map(([title, { columns, rows }]) => ({
    title,
    columns: [...columns],
    rows: [...rows].map(([name, cells]) => ({
      name,
      cells: [...columns].map((column) => cells.get(column)),
    })),
  }));
}

/** A table as lines of text. @param {Table} table */
export function formatTable({ title, columns, rows }) {
  const lines = [['', ...columns], ...rows.map(({ name, cells }) => [name, ...cells.map(formatCell)])];
  const widths = lines[0].map((_, index) => Math.max(...lines.map((line) => line[index].length)));
  const body = lines.map((line) =>
    line
      .map((text, index) => (index === 0 ? text.padEnd(widths[0]) : text.padStart(widths[index])))
      .join('  '),
  );
  return [title, ...body.map((line) => `  ${line}`.trimEnd())].join('\n');
}

/** Passed of those that ran. @param {Cell | undefined} cell */
function formatCell(cell) {
  if (cell === undefined) return '–';
  const ran = cell.passed + cell.failed;
  if (ran === 0) return 'skipped';
  return `${cell.failed > 0 ? '✗ ' : ''}${cell.passed}/${ran}`;
}

/** @template K, V @param {Map<K, V>} map @param {K} key @param {() => V} make @returns {V} */
function getOr(map, key, make) {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
