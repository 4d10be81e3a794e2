/**
 * `hybridge audit`: the audit log, as it is or as it grows.
 * @module
 */
import { AdminError } from '@hybridge/service';
import { type Command, Option } from 'commander';
import { oneLine } from '../log.js';
import { count } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { type Admin, type AdminOptions, adminCommand, adminOf, jsonLine } from './admin.js';

interface AuditOptions extends AdminOptions {
  readonly from?: string;
  readonly to?: string;
  readonly operation?: string;
  readonly connection?: string;
  readonly policy?: string;
  readonly text?: string;
  readonly limit: number;
  readonly before?: string;
  readonly follow?: true;
}

interface AuditRecord {
  readonly operationName: string;
  readonly EventTimeString: string;
  readonly message: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const EXAMPLES = `
Examples:
  $ hybridge audit --connection payroll-sql --limit 20
  $ hybridge audit --operation AuthorizationFailed --from 2026-01-02T00:00:00Z
  $ hybridge audit --follow --json | tee audit.jsonl

Records come oldest first, as in the log; of more than --limit the newest. With --json a record is a line.`;

/** What stands before the word of an operation. */
const PREFIX = 'Microsoft.Relay/HybridConnections/';

/** The subcommand. @param finish - takes the exit code */
export function auditCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  return adminCommand('audit', '', { namespaced: true })
    .option('--connection <name>', 'of one hybrid connection')
    .option('--operation <word>', 'of this operation, or of those that begin so')
    .option('--policy <name>', 'who came by this policy')
    .option('--text <text>', 'stands anywhere in the record')
    .option('--from <time>', 'not before, ISO 8601')
    .option('--to <time>', 'not after, ISO 8601')
    .addOption(new Option('--limit <n>', 'how many at most').argParser(count).default(100))
    .option('--before <cursor>', 'goes on where an earlier answer ended')
    .addOption(
      new Option('--follow', 'go on with records as they are written, until Ctrl-C').conflicts([
        'to',
        'before',
      ]),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: AuditOptions) => {
      const admin = adminOf(options, surroundings);
      if (options.follow) return finish(await follow(admin, options));
      const { records, next } = await read(admin, options);
      for (const record of records) print(record, options, surroundings);
      if (next !== undefined && !options.json) {
        surroundings.stderr.write(`hybridge: there is more: --before ${oneLine(next)}\n`);
      }
    });
}

/** What is in the log, oldest first. */
async function read({ client }: Admin, options: AuditOptions) {
  const { from, to, limit, before } = options;
  const query = { ...filterOf(options), from, to, limit, before };
  const answer = await client.ask<{ records: AuditRecord[]; next?: string }>('GET', '/api/audit', { query });
  return { records: answer.records.reverse(), next: answer.next };
}

function filterOf({ namespace, connection: hybridConnection, operation, policy, text }: AuditOptions) {
  return { namespace, hybridConnection, operation, policy, text };
}

/** Until Ctrl-C, which is a good end. The stream is open before the log is read, so nothing is missed in between. */
async function follow(admin: Admin, options: AuditOptions): Promise<number> {
  const { surroundings, client } = admin;
  const abort = new AbortController();
  void surroundings.interrupts().first.then(() => abort.abort());
  const events = client.events('/api/live', abort.signal);
  // An overview, which says that it is open.
  await events.next();
  const { records } = await read(admin, options);
  const printed = new Set(records.map((record) => JSON.stringify(record)));
  for (const record of records) print(record, options, surroundings);
  for await (const { event, data } of events) {
    if (event !== 'record') continue;
    const record = JSON.parse(data) as AuditRecord;
    if (!isWanted(record, data, options) || printed.delete(JSON.stringify(record))) continue;
    print(record, options, surroundings);
  }
  if (abort.signal.aborted) return 0;
  throw new AdminError(
    'ERR_ADMIN_UNREACHABLE',
    'the relay ended the stream: it stopped, or revoked the token',
  );
}

/** As the relay itself filters what is in the log. */
function isWanted({ operationName, properties }: AuditRecord, data: string, options: AuditOptions): boolean {
  const { operation, text, ...rest } = filterOf(options);
  const name = operationName.toLowerCase();
  const wanted = operation?.toLowerCase() ?? '';
  if (!name.startsWith(wanted) && !name.startsWith(PREFIX.toLowerCase() + wanted)) return false;
  if (!data.toLowerCase().includes(text?.toLowerCase() ?? '')) return false;
  return Object.entries(rest).every(
    ([member, value]) =>
      value === undefined || String(properties[member] ?? '').toLowerCase() === value.toLowerCase(),
  );
}

function print(record: AuditRecord, { json }: AuditOptions, { stdout }: Surroundings): void {
  stdout.write(json ? jsonLine(record) : `${lineOf(record)}\n`);
}

function lineOf({ operationName, EventTimeString, properties }: AuditRecord): string {
  // The action is the operation's word already.
  const { namespace, hybridConnection, action: _action, ...rest } = properties;
  const place = [namespace, hybridConnection].filter((part) => part !== undefined).join('/');
  const facts = Object.entries(rest).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [`${name}=${factOf(value)}`],
  );
  // Seven decimals are what the record has; three of them are known.
  const time = EventTimeString.replace(/(\.\d{3})\d*Z$/, '$1Z');
  return oneLine(
    [time, operationName.replace(PREFIX, '').replace(/^Microsoft\.Relay\//, ''), place, ...facts]
      .filter(Boolean)
      .join(' '),
  );
}

/** In quotes where it would not be clear where it ends. */
function factOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === '' || /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
