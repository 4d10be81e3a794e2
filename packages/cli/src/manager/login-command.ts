/**
 * `hybridge manager login`: signs the running manager in at a relay's management, to choose from what there is.
 * @module
 */
import type { Login, LoginHybridConnection, LoginSummary } from '@hybridge/manager';
import { type Command, Option } from 'commander';
import { addressOf, tokenOf } from '../management/admin.js';
import { table } from '../management/table.js';
import type { Surroundings } from '../surroundings.js';
import { type ControlClient, ControlError } from './control-client.js';
import { type VerbOptions, verb, verbOf } from './verb.js';

interface LoginOptions extends VerbOptions {
  readonly token?: string;
  readonly forget?: true;
}

/** The verb. */
export function loginCommand(surroundings: Surroundings): Command {
  return verb(
    'login [url]',
    "Sign in at a relay's admin port, and show which hybrid connections can be added; the manager keeps the token in memory for half an hour",
    [
      'hybridge manager login https://relay.example.net:8081 --token file:operator.token',
      'hybridge manager add payroll-sql        # one of those',
      'hybridge manager login --forget',
    ],
  )
    .addOption(
      new Option(
        '--token <text>',
        'file:path or env:NAME of a token of the role operator (default: $HYBRIDGE_ADMIN_TOKEN, or what is in ./data/admin.token)',
      ),
    )
    .option('--forget', 'have the manager forget the tokens that it has')
    .action(async (url: string | undefined, options: LoginOptions) => {
      const { client, print } = await verbOf(options, surroundings);
      if (options.forget) {
        const logins = await loginsOf(client);
        for (const { id } of logins) await client.ask('DELETE', `/api/login/${id}`);
        print({ forgotten: logins.length }, () => `forgotten: ${logins.length}\n`);
        return;
      }
      const address = addressOf({ ...(url !== undefined && { relay: url }) }, surroundings, 'login');
      const token = tokenOf(options, surroundings);
      const login = await client.ask<Login>('POST', '/api/login', { url: address.href, token });
      if (login.warning !== undefined) surroundings.stderr.write(`hybridge: warning: ${login.warning}\n`);
      print(
        login,
        () => `Signed in at ${login.url} until ${login.expiresAt}.\n\n${choiceTable(choices(login))}`,
      );
    });
}

/** Something that can be chosen, or why it cannot. */
export interface Choice extends LoginHybridConnection {
  readonly namespace: string;
}

/** All that there is. */
export function choices({ namespaces }: Login): readonly Choice[] {
  return namespaces.flatMap(({ name: namespace, hybridConnections }) =>
    hybridConnections.map((each) => ({ ...each, namespace })),
  );
}

/** As rows, with a number where somebody is to choose. */
export function choiceTable(all: readonly Choice[], isNumbered = false): string {
  const headings = ['NAME', 'NAMESPACE', 'ENDPOINT', 'LISTENERS', ''];
  return table(
    isNumbered ? ['', ...headings] : headings,
    all.map(({ name, namespace, endpoint, listeners, isConfigured, reason }, index) => {
      const note = isConfigured
        ? 'here already'
        : reason === undefined
          ? 'can be added'
          : `cannot be added: ${reason}`;
      const row = [name, namespace, endpoint, listeners, note];
      return isNumbered ? [String(index + 1), ...row] : row;
    }),
  );
}

/** Who is signed in, the newest first. */
async function loginsOf(client: ControlClient): Promise<readonly LoginSummary[]> {
  return (await client.ask<{ value: readonly LoginSummary[] }>('GET', '/api/login')).value;
}

/** The newest login, with what there is. @throws ControlError where nobody is signed in */
export async function newestLogin(client: ControlClient): Promise<Login> {
  const [newest] = await loginsOf(client);
  if (newest !== undefined) return client.ask<Login>('GET', `/api/login/${newest.id}`);
  throw new ControlError(
    'ERR_MANAGER_INVALID',
    'nobody is signed in: hybridge manager login URL --token file:path first, or give --connection-string file:path',
  );
}
