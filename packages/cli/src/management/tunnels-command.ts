/**
 * `hybridge tunnels`: joined connections.
 * @module
 */
import { pathOf } from '@hybridge/service';
import { Command } from 'commander';
import { count } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { type AdminOptions, adminCommand, adminOf } from './admin.js';
import { bytes, duration, table } from './table.js';

interface ListOptions extends AdminOptions {
  readonly connection?: string;
  readonly limit?: number;
}

interface Tunnels {
  readonly total: number;
  readonly tunnels: readonly {
    readonly id: string;
    readonly namespace: string;
    readonly hybridConnection: string;
    readonly senderAddress: string;
    readonly listenerAddress: string;
    readonly ageMs: number;
    readonly bytesFromSender: number;
    readonly bytesFromListener: number;
  }[];
}

const EXAMPLES = `
Examples:
  $ hybridge tunnels                               # the same as hybridge tunnels list
  $ hybridge tunnels list --connection payroll-sql
  $ hybridge tunnels cut 0a6f2c41 --yes`;

/** The subcommand. */
export function tunnelsCommand(surroundings: Surroundings): Command {
  return new Command('tunnels')
    .addHelpText('after', EXAMPLES)
    .addCommand(
      adminCommand('list', 'List joined connections, newest first', { namespaced: true })
        .option('--connection <name>', 'of one hybrid connection')
        .option('--limit <n>', 'how many at most (default: 200)', count)
        .action(async (options: ListOptions) => {
          const admin = adminOf(options, surroundings);
          const { namespace, connection: hybridConnection, limit } = options;
          const query = { namespace, hybridConnection, limit };
          const answer = await admin.client.ask<Tunnels>('GET', '/api/tunnels', { query });
          admin.print(answer, () => tunnelTable(answer));
        }),
      { isDefault: true },
    )
    .addCommand(
      adminCommand('cut <id>', 'Cut one; both ends see a reset', { destructive: true }).action(
        async (id: string, options: AdminOptions) => {
          const admin = adminOf(options, surroundings);
          await admin.confirm(`Cut the connection ${id}?`);
          await admin.client.delete(pathOf('api', 'tunnels', id), 'joined connection of this id');
          admin.print({ cut: id }, () => `cut ${id}\n`);
        },
      ),
    );
}

function tunnelTable({ total, tunnels }: Tunnels): string {
  const rows = tunnels.map((each) => [
    ...[each.id, each.hybridConnection, each.senderAddress, each.listenerAddress, duration(each.ageMs)],
    ...[bytes(each.bytesFromSender), bytes(each.bytesFromListener)],
  ]);
  const headings = ['ID', 'HYBRID CONNECTION', 'SENDER', 'LISTENER', 'AGE', 'UP', 'DOWN'];
  const rest = total > tunnels.length ? `\n${tunnels.length} of ${total}.\n` : '';
  return table(headings, rows) + rest;
}
