/**
 * `hybridge token`: tokens of the admin port.
 * @module
 */
import { AdminError, pathOf } from '@hybridge/service';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { type AdminOptions, adminCommand, adminOf } from './admin.js';
import { list, table } from './table.js';

interface CreateOptions extends AdminOptions {
  readonly role: string;
  readonly expires?: string;
}

interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
}

const EXAMPLES = `
Examples:
  $ hybridge token create dashboard --role reader --expires 90d
  $ hybridge token list
  $ hybridge token revoke 5f0c2b7a91d34e68 --yes

A reader sees everything but keys and tokens; an operator also changes hybrid connections, keys, apps and plans; an owner
also namespaces and tokens. A token is shown once. The one of the relay's configuration is not in the list.`;

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** The subcommand. */
export function tokenCommand(surroundings: Surroundings): Command {
  return new Command('token')
    .addHelpText('after', EXAMPLES)
    .addCommand(
      adminCommand('list', 'List tokens, without their secrets').action(async (options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        const { tokens } = await admin.client.ask<{ tokens: Token[] }>('GET', '/api/tokens');
        admin.print(tokens, () =>
          table(
            ['ID', 'NAME', 'ROLE', 'CREATED', 'EXPIRES'],
            tokens.map(({ id, name, role, createdAt, expiresAt }) => {
              return [id, name, role, createdAt, expiresAt ?? 'never'];
            }),
          ),
        );
      }),
    )
    .addCommand(
      adminCommand('create <name>', 'Make a token and print it: it is not shown again')
        .addOption(
          new Option('--role <role>', 'what it allows')
            .choices(['reader', 'operator', 'owner'])
            .makeOptionMandatory(),
        )
        .addOption(
          new Option(
            '--expires <when>',
            'a time in ISO 8601, or how long from now: 12h, 90d, 4w (default: never)',
          ).argParser(expiry),
        )
        .action(async (name: string, options: CreateOptions) => {
          const admin = adminOf(options, surroundings);
          const { role, expires } = options;
          const body = { name, role, ...(expires !== undefined && { expiresAt: expires }) };
          const made = await admin.client.ask<Token & { token: string }>('POST', '/api/tokens', { body });
          const { id, token, expiresAt } = made;
          admin.print(made, () =>
            list({ Id: id, Name: made.name, Role: made.role, Expires: expiresAt ?? 'never', Token: token }),
          );
        }),
    )
    .addCommand(
      adminCommand('revoke <id>', 'Revoke a token at once', { destructive: true }).action(
        async (id: string, options: AdminOptions) => {
          const admin = adminOf(options, surroundings);
          const { tokens } = await admin.client.ask<{ tokens: Token[] }>('GET', '/api/tokens');
          const token = tokens.find((each) => each.id === id);
          if (token === undefined) {
            throw new AdminError(
              'ERR_ADMIN_NOT_FOUND',
              `there is no token with the id ${id}: see token list`,
            );
          }
          await admin.confirm(`Revoke the token ${token.name} (${token.role})?`);
          await admin.client.delete(pathOf('api', 'tokens', id), 'token of this id');
          admin.print({ revoked: id }, () => `revoked ${token.name}\n`);
        },
      ),
    );
}

/** @returns ISO 8601 */
function expiry(text: string): string {
  const [, count, unit] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  const time = count === undefined ? Date.parse(text) : Date.now() + Number(count) * UNIT_MS[unit!]!;
  if (Number.isNaN(time) || (count === undefined && !/^\d{4}-\d\d-\d\d/.test(text))) {
    throw new InvalidArgumentError('It is neither a time in ISO 8601 nor a span such as 12h, 90d or 4w.');
  }
  return new Date(time).toISOString();
}
