/** Types of `tables.mjs`, for its test. */
export interface Test {
  readonly file: string;
  readonly suites: readonly string[];
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
}

export interface Cell {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly (Cell | undefined)[] }[];
}

export function tablesOf(tests: readonly Test[]): Table[];
export function formatTable(table: Table): string;
