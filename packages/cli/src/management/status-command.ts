/**
 * `hybridge status`: what a relay is doing.
 * @module
 */
import { inventoryOf } from '@hybridge/service';
import type { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { type AdminOptions, adminCommand, adminOf } from './admin.js';
import { connectionTable } from './connection-command.js';
import { duration, list, table } from './table.js';

interface Session {
  readonly token: { readonly name: string; readonly role: string };
  readonly relay: {
    readonly version: string;
    readonly url: string;
    readonly startedAt: string;
    readonly uptimeMs: number;
    readonly workers?: number;
  };
  readonly alarms: readonly {
    readonly id: string;
    readonly since: string;
    readonly message: string;
    readonly advice: string;
  }[];
}

const EXAMPLES = `
Examples:
  $ hybridge status
  $ hybridge status --relay https://ops.example.net/hybridge --token file:reader.token
  $ hybridge status --json | jq '.alarms | length'`;

/** The subcommand. */
export function statusCommand(surroundings: Surroundings): Command {
  return adminCommand('status', '')
    .addHelpText('after', EXAMPLES)
    .action(async (options: AdminOptions) => {
      const admin = adminOf(options, surroundings);
      const { relay, token, alarms } = await admin.client.ask<Session>('GET', '/api/session');
      const { namespaces } = await inventoryOf(admin.client);
      const hybridConnections = namespaces.flatMap(({ name, hybridConnections: all }) =>
        all.map((each) => ({ namespace: name, ...each })),
      );
      admin.print({ relay, token, alarms, hybridConnections }, () => {
        const about = list({
          Relay: relay.url,
          Version: relay.version,
          Up: duration(relay.uptimeMs),
          Workers: relay.workers,
          'Signed in as': `${token.name} (${token.role})`,
          Alarms: alarms.length === 0 ? 'none' : alarms.length,
        });
        const wrong = alarms.map(({ id, since, message, advice }) => [id, since, message, advice]);
        const told = wrong.length === 0 ? '' : `\n${table(['ALARM', 'SINCE', 'WHAT', 'WHAT TO DO'], wrong)}`;
        return `${about}${told}\n${connectionTable(hybridConnections)}`;
      });
    });
}
