/**
 * `hybridge manager logs`: the last entries of the running manager's log, and those that come.
 * @module
 */
import type { LogEntry } from '@hybridge/manager';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { factText, oneLine } from '../log.js';
import { jsonLine } from '../management/admin.js';
import type { Surroundings } from '../surroundings.js';
import { connectionIn, connectionsOf, queryOf, type VerbOptions, verb, verbOf } from './verb.js';

interface LogsOptions extends VerbOptions {
  readonly follow?: true;
  readonly lines: number;
  readonly level?: LogEntry['level'];
}

const LEVELS: readonly LogEntry['level'][] = ['error', 'warn', 'info', 'debug'];

/** The verb. */
export function logsCommand(surroundings: Surroundings): Command {
  return verb(
    'logs [connection]',
    "Show the last entries of the manager's log, of one hybrid connection or all",
    [
      'hybridge manager logs -n 20',
      'hybridge manager logs payroll-sql --follow',
      'hybridge manager logs --level warn --json',
    ],
  )
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .addOption(new Option('-n, --lines <n>', 'how many at most').argParser(lines).default(100))
    .addOption(new Option('--level <level>', 'only entries of this level or above').choices(LEVELS))
    .action(async (given: string | undefined, options: LogsOptions) => {
      const { client } = await verbOf(options, surroundings);
      const connection =
        given === undefined ? undefined : connectionIn(await connectionsOf(client), given).id;
      const print = (entry: LogEntry) =>
        surroundings.stdout.write(options.json ? jsonLine(entry) : `${entryText(entry)}\n`);
      const { lines: count, level } = options;
      if (options.follow) {
        const left = new AbortController();
        void surroundings.interrupts().first.then(() => left.abort());
        const query = queryOf({ only: 'log', backlog: count, connection, level });
        for await (const { data } of client.events('GET', `/api/events?${query}`, left))
          print(JSON.parse(data));
        return;
      }
      const query = queryOf({ limit: count, connection, level });
      const { value } = await client.ask<{ value: readonly LogEntry[] }>('GET', `/api/logs?${query}`);
      for (const entry of value) print(entry);
    });
}

/** A line, as the manager itself writes it. */
function entryText({ at, level, message, connection, facts }: LogEntry): string {
  const told = Object.entries({ ...(connection && { connection }), ...facts });
  return [`${at} ${level.padEnd(5)} ${oneLine(message)}`, ...told.map(factText)].join(' ');
}

function lines(text: string): number {
  const value = Number(text);
  if (!/^\d{1,4}$/.test(text) || value > 1_000)
    throw new InvalidArgumentError('It is not a number from 0 to 1000.');
  return value;
}
