/**
 * `hybridge key`: the keys of shared access policies, and who uses them.
 * @module
 */

import {
  inventoryOf,
  type KeySlot,
  type Keys,
  keysOf,
  keyUseOf,
  type ManagementClient,
  type PolicyUse,
  regenerateKey,
  resolveSecret,
  rulesOf,
} from '@hybridge/service';
import { Command, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { type AdminOptions, adminCommand, adminOf } from './admin.js';
import { hybridConnectionIn } from './inventory.js';
import { repeated } from './repeated.js';
import { ownerOf, type RuleOwner } from './rule-owner.js';
import { list, table } from './table.js';

interface KeyOptions extends AdminOptions {
  readonly rule?: string;
}

interface SlotOptions extends AdminOptions {
  readonly rule: string;
  readonly primary?: true;
  readonly secondary?: true;
  readonly key?: string;
}

interface SyncOptions extends AdminOptions {
  readonly key?: KeySlot;
  readonly app?: readonly string[];
}

const EXAMPLES = `
Examples:
  $ hybridge key use payroll-sql                                          # who uses which key
  $ hybridge key regenerate payroll-sql --rule defaultSender --secondary  # a new one, not in use yet
  $ hybridge key sync payroll-sql --key secondary                         # apps get it
  $ hybridge key revoke payroll-sql --rule defaultSender --primary --yes  # the old one opens nothing any more
  $ hybridge key list payroll-sql --rule defaultListener

Without a hybrid connection the policy is the namespace's own.`;

const NAMESPACED = { namespaced: true };
const DESTRUCTIVE = { namespaced: true, destructive: true };

/** The subcommand. */
export function keyCommand(surroundings: Surroundings): Command {
  return new Command('key')
    .addHelpText('after', EXAMPLES)
    .addCommand(
      adminCommand('list [connection]', 'Print keys and connection strings', NAMESPACED)
        .option('--rule <policy>', 'of one policy (default: of all)')
        .action(async (connection: string | undefined, options: KeyOptions) => {
          const admin = adminOf(options, surroundings);
          const owner = await ownerOf(admin.client, connection, options);
          const names = options.rule === undefined ? await namesOf(admin.client, owner) : [options.rule];
          const all: Keys[] = [];
          for (const name of names) all.push(await keysOf(admin.client, owner.id, name));
          admin.print(
            all.map((keys) => shape(owner, keys)),
            () => all.map(details).join('\n') || 'None.\n',
          );
        }),
    )
    .addCommand(
      slotOptions(
        adminCommand(
          'regenerate [connection]',
          'Replace a key and print the new one; listeners that came by the old one are closed',
          DESTRUCTIVE,
        ),
      )
        .option('--key <text>', 'file:path or env:NAME of a key of your own (default: the relay makes one)')
        .action(async (connection: string | undefined, options: SlotOptions) => {
          const admin = adminOf(options, surroundings);
          const slot = slotOf(options);
          const key = options.key === undefined ? undefined : keyOf(options.key, surroundings);
          const owner = await ownerOf(admin.client, connection, options);
          await admin.confirm(await question('Replace', admin.client, owner, options.rule, slot));
          const keys = await regenerateKey(admin.client, owner.id, { rule: options.rule, slot, key });
          admin.print(shape(owner, keys), () => details(keys));
        }),
    )
    .addCommand(
      slotOptions(
        adminCommand('revoke [connection]', 'Make a key good for nothing, and show no new one', DESTRUCTIVE),
      ).action(async (connection: string | undefined, options: SlotOptions) => {
        const admin = adminOf(options, surroundings);
        const slot = slotOf(options);
        const owner = await ownerOf(admin.client, connection, options);
        await admin.confirm(await question('Revoke', admin.client, owner, options.rule, slot));
        // There is no policy without two keys: the one in its place is known to nobody.
        const { keyName: rule } = await regenerateKey(admin.client, owner.id, { rule: options.rule, slot });
        const { namespace, hybridConnection } = owner;
        admin.print({ namespace, hybridConnection, rule, revoked: slot }, () => {
          return `revoked the ${slot} key of ${rule} at ${owner.name}\n`;
        });
      }),
    )
    .addCommand(
      adminCommand('sync <connection>', 'Give apps the key that their policy has now', NAMESPACED)
        .addOption(
          new Option('--key <which>', 'which of the keys (default: primary)').choices([
            'primary',
            'secondary',
          ]),
        )
        .option(
          '--app <name>',
          'only this app; may be repeated (default: all that have attached it)',
          repeated,
        )
        .action(async (connection: string, { key, app, ...options }: SyncOptions) => {
          const admin = adminOf(options, surroundings);
          const found = hybridConnectionIn(await inventoryOf(admin.client), connection, options);
          const place = { namespace: found.namespace.name, hybridConnection: found.connection.name };
          const body = { ...place, ...(key && { key }), ...(app && { apps: app }) };
          const answer = await admin.client.ask<{ updated: string[] }>('POST', '/api/sync-keys', { body });
          const { updated } = answer;
          admin.print({ ...place, updated }, () => {
            return updated.length === 0
              ? 'every app has the key already\n'
              : `updated ${updated.join(', ')}\n`;
          });
        }),
    )
    .addCommand(
      adminCommand('use <connection>', 'Show which clients and apps use which key', NAMESPACED).action(
        async (connection: string, options: AdminOptions) => {
          const admin = adminOf(options, surroundings);
          const found = hybridConnectionIn(await inventoryOf(admin.client), connection, options);
          const policies = await keyUseOf(admin.client, found.namespace.name, found.connection.name);
          admin.print({ policies }, () => useTable(policies));
        },
      ),
    );
}

function slotOptions(command: Command): Command {
  return command
    .requiredOption('--rule <policy>', 'the shared access policy')
    .option('--primary', 'its primary key')
    .addOption(new Option('--secondary', 'its secondary key').conflicts('primary'));
}

function slotOf({ primary, secondary }: SlotOptions): KeySlot {
  if (primary === undefined && secondary === undefined) throw new UsageError('give --primary or --secondary');
  return primary ? 'primary' : 'secondary';
}

/** A key may not stand on the command line at all: here nothing is tried out. */
function keyOf(text: string, { env }: Surroundings): string {
  const { value, from } = resolveSecret(text, { env });
  if (from === 'text')
    throw new UsageError('--key: give file:path or env:NAME, since others can read a command line');
  return value;
}

async function namesOf(client: ManagementClient, { id }: RuleOwner): Promise<string[]> {
  return (await rulesOf(client, id)).map(({ name }) => name);
}

/** Says who would notice, as far as the relay knows it. */
async function question(
  verb: string,
  client: ManagementClient,
  { namespace, hybridConnection, name }: RuleOwner,
  rule: string,
  slot: KeySlot,
): Promise<string> {
  const what = `${verb} the ${slot} key of ${rule} at ${name}?`;
  if (hybridConnection === undefined) return `${what} Listeners that came by it are closed.`;
  const policies = await keyUseOf(client, namespace, hybridConnection);
  const policy = policies.find((each) => each.name.toLowerCase() === rule.toLowerCase());
  const users = policy?.keys[slot];
  const apps = policy?.apps.filter(({ uses }) => uses === slot).map(({ app }) => app) ?? [];
  const listeners = `${users?.listeners.length ?? 0} listeners are on it and will be closed`;
  const senders = `${users?.recentSenders.length ?? 0} senders came by it in the last day`;
  return `${what} ${listeners}; ${senders}; apps that use it: ${apps.join(', ') || 'none'}.`;
}

function shape({ namespace, hybridConnection }: RuleOwner, { keyName: rule, ...keys }: Keys): object {
  const { primaryKey, secondaryKey, primaryConnectionString, secondaryConnectionString } = keys;
  return {
    ...{ namespace, hybridConnection, rule },
    ...{ primaryKey, secondaryKey, primaryConnectionString, secondaryConnectionString },
  };
}

function details(keys: Keys): string {
  return list({
    Policy: keys.keyName,
    'Primary key': keys.primaryKey,
    'Secondary key': keys.secondaryKey,
    'Primary connection string': keys.primaryConnectionString,
    'Secondary connection string': keys.secondaryConnectionString,
  });
}

function useTable(policies: readonly PolicyUse[]): string {
  const rows = policies.flatMap(({ name, level, keys, apps }) =>
    (['primary', 'secondary'] as const).map((slot) => {
      const { changedAt, lastUsedAt, listeners, recentSenders } = keys[slot];
      const addresses = [...listeners, ...recentSenders].map(({ remoteAddress }) => remoteAddress);
      return [
        ...[level === 'namespace' ? `${name} (namespace)` : name, slot],
        ...[listeners.length, recentSenders.length],
        apps
          .filter(({ uses }) => uses === slot)
          .map(({ app }) => app)
          .join(' '),
        ...[lastUsedAt ?? 'never', changedAt],
        several([...new Set(addresses)]),
      ];
    }),
  );
  const old = policies.flatMap(({ name, apps }) =>
    apps.filter(({ uses }) => uses === 'old').map(({ app }) => `${app} (${name})`),
  );
  const headings = ['POLICY', 'KEY', 'LISTENERS', 'SENDERS', 'APPS', 'LAST USED', 'KEY SINCE', 'FROM'];
  const warning = old.length === 0 ? '' : `\nApps with a key that is gone: ${old.join(', ')}\n`;
  return table(headings, rows) + warning;
}

function several(addresses: readonly string[]): string {
  const shown = addresses.slice(0, 4).join(' ');
  return addresses.length > 4 ? `${shown} and ${addresses.length - 4} more` : shown;
}
