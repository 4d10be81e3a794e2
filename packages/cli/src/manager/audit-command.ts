/**
 * `hybridge manager audit`: who came through the running manager, to what, and what was done to it.
 * @module
 */
import type { AuditPage, AuditRecord } from '@hybridge/manager';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { factText, oneLine } from '../log.js';
import { jsonLine } from '../management/admin.js';
import type { Surroundings } from '../surroundings.js';
import type { ControlClient } from './control-client.js';
import { connectionIn, connectionsOf, queryOf, type VerbOptions, verb, verbOf } from './verb.js';

interface AuditOptions extends VerbOptions {
  readonly operation?: string;
  readonly limit: number;
  readonly before?: string;
}

/** What the manager answers with at once, at most. */
const PAGE = 1_000;

/** The verb. */
export function auditCommand(surroundings: Surroundings): Command {
  return verb('audit [connection]', "Show the manager's audit log, of one hybrid connection or all", [
    'hybridge manager audit --limit 20',
    'hybridge manager audit payroll-sql --operation policy-violation',
    'hybridge manager audit --json --limit 10000 | jq -r \'select(.operation == "tunnel-ended").sender\' | sort | uniq -c',
  ])
    .option('--operation <word>', 'of this operation, or of those that begin so')
    .addOption(new Option('--limit <n>', 'how many at most').argParser(howMany).default(100))
    .option('--before <cursor>', 'goes on where an earlier answer ended')
    .addHelpText(
      'after',
      '\n\nRecords come oldest first, as in the log; of more than --limit the newest. With --json a record is a line.',
    )
    .action(async (given: string | undefined, options: AuditOptions) => {
      const { client } = await verbOf(options, surroundings);
      const connection = given === undefined ? undefined : await idOf(given, client);
      const { records, next } = await read(client, options, connection);
      for (const record of records) {
        surroundings.stdout.write(options.json ? jsonLine(record) : `${lineOf(record)}\n`);
      }
      if (next === undefined || options.json) return;
      surroundings.stderr.write(`hybridge: there is more: --before ${oneLine(next)}\n`);
    });
}

/** One that was taken out of the configuration has a past, too. @throws ControlError */
async function idOf(given: string, client: ControlClient): Promise<string> {
  return given.includes('/') ? given.toLowerCase() : connectionIn(await connectionsOf(client), given).id;
}

/** Oldest first. A page may be short, and have a next one nevertheless. */
async function read(
  client: ControlClient,
  { limit, operation, before }: AuditOptions,
  connection: string | undefined,
): Promise<{ readonly records: readonly AuditRecord[]; readonly next: string | undefined }> {
  const records: AuditRecord[] = [];
  let next = before;
  do {
    const query = queryOf({
      limit: Math.min(PAGE, limit - records.length),
      ...{ connection, operation, before: next },
    });
    const page = await client.ask<AuditPage>('GET', `/api/audit?${query}`);
    records.push(...page.value);
    next = page.next;
  } while (next !== undefined && records.length < limit);
  return { records: records.reverse(), next };
}

function lineOf({ at, operation, connection, ...facts }: AuditRecord): string {
  const told = Object.entries({ connection, ...facts }).filter(([, value]) => value != null);
  return [`${oneLine(at)} ${oneLine(operation)}`, ...told.map(factText)].join(' ');
}

function howMany(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It is not a number from 1 to 999999.');
  return Number(text);
}
