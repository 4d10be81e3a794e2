/**
 * The command line of the bench.
 * @module
 */
import { parseArgs } from 'node:util';
import type { Settings } from './plan.js';

/** What a person asked for. */
export interface Arguments {
  /** Suites by name; none means all. */
  readonly suites: readonly string[];
  /** Subjects by id, besides the yardstick; none means all that are here. */
  readonly only: readonly string[];
  readonly settings: Settings;
  /** Files with earlier results, as JSON, to be shown instead of measuring. */
  readonly from: readonly string[];
  readonly json: boolean;
  readonly list: boolean;
  readonly help: boolean;
  /** A page to put the results into. */
  readonly write: string | undefined;
  /** A file for the chart. */
  readonly svg: string | undefined;
}

/** Reads a command line. @throws RangeError or TypeError that says what is wrong with it. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string' },
      megabytes: { type: 'string' },
      connections: { type: 'string' },
      quick: { type: 'boolean', default: false },
      from: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      write: { type: 'string' },
      svg: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { quick, json, list, help, write, svg } = values;
  if (values.from !== '' && positionals.length > 0) {
    throw new RangeError(
      `--from measures nothing, so ${positionals.join(' ')} is too much: commas stand between its files`,
    );
  }
  return {
    suites: positionals,
    only: listOf(values.only),
    from: listOf(values.from),
    settings: {
      rounds: wholeNumber('--rounds', values.rounds ?? (quick ? '3' : '5')),
      bytes: wholeNumber('--megabytes', values.megabytes ?? (quick ? '128' : '256')) * 1_000_000,
      quick,
      connections: wholeNumber('--connections', values.connections ?? (quick ? '2000' : '10000')),
    },
    ...{ json, list, help, write, svg },
  };
}

function listOf(text: string): string[] {
  return text.split(',').filter((item) => item !== '');
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${option} takes a whole number, not ${text}`);
  return value;
}
