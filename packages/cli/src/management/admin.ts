/**
 * What every command of management has: where the relay's admin port is, the token for it, how to say what came of it,
 * and whether somebody has to be asked first.
 * @module
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ManagementClient, readSecretFile, resolveSecret } from '@hybridge/service';
import { fetchThrough } from '@hybridge/socket';
import { Command, Option } from 'commander';
import { oneLine } from '../log.js';
import { isLoopback } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';

/** The options of all of them. */
export interface AdminOptions {
  readonly relay?: string;
  readonly token?: string;
  readonly json?: true;
  /** Of those that delete, cut or replace something. */
  readonly yes?: true;
  /** Of those that are about something in a namespace. */
  readonly namespace?: string;
  /** Of those that are about a resource of Azure Resource Manager's. */
  readonly subscription?: string;
  readonly resourceGroup?: string;
}

/** Which of {@link AdminOptions} a command has beside those of all. */
export interface AdminCommand {
  /** `--namespace` */
  readonly namespaced?: boolean;
  /** `--subscription` and `--resource-group` */
  readonly labelled?: boolean;
  /** `--yes` */
  readonly destructive?: boolean;
}

/** Where the admin port is unless something else is said. */
const RELAY = 'http://127.0.0.1:8081';
const RELAY_VARIABLE = 'HYBRIDGE_ADMIN_URL';
const TOKEN_VARIABLE = 'HYBRIDGE_ADMIN_TOKEN';
/** Where `hybridge relay` puts it when it is started without options in the same folder. */
const TOKEN_FILE = './data/admin.token';

const ADVICE = {
  address: `give --relay or set ${RELAY_VARIABLE}`,
  token: 'give --token file:path',
};

/** What a command works with. */
export interface Admin {
  readonly client: ManagementClient;
  readonly surroundings: Surroundings;
  /** Prints JSON where that was asked for, and else the text. */
  print(value: unknown, text: () => string): void;
  /** Goes on when a person says so, or `--yes` did. @throws UsageError when it does not */
  confirm(question: string): Promise<void>;
}

/** A command of management, with its common options. */
export function adminCommand(
  nameAndArguments: string,
  description: string,
  { namespaced, labelled, destructive }: AdminCommand = {},
): Command {
  const command = new Command(nameAndArguments.split(' ')[0]).description(description);
  const rest = nameAndArguments.split(' ').slice(1).join(' ');
  if (rest !== '') command.arguments(rest);
  if (namespaced) command.option('--namespace <name>', 'its namespace, where there are several');
  if (labelled) {
    command
      .option('--subscription <label>', 'its subscription, where the name is not enough')
      .option('--resource-group <label>', 'its resource group, where the name is not enough');
  }
  if (destructive) command.option('--yes', 'do not ask');
  return command
    .addOption(
      new Option('--relay <url>', `the relay's admin port (default: $${RELAY_VARIABLE}, or ${RELAY})`),
    )
    .addOption(
      new Option(
        '--token <text>',
        `file:path or env:NAME of a token for it (default: $${TOKEN_VARIABLE}, or what is in ${TOKEN_FILE})`,
      ),
    )
    .option('--json', 'print JSON');
}

/** @throws UsageError when there is no token, or the address is none. */
export function adminOf(options: AdminOptions, surroundings: Surroundings): Admin {
  const base = addressOf(options, surroundings);
  const client = new ManagementClient(base, tokenOf(options, surroundings), {
    advice: ADVICE,
    fetch: fetchThrough({}),
  });
  if (base.protocol === 'http:' && !isLoopback({ host: base.hostname.replace(/^\[|\]$/g, ''), port: 0 })) {
    warn(surroundings, `the token goes to ${base.host} without TLS: put a TLS proxy before the admin port`);
  }
  return {
    client,
    surroundings,
    print: (value, text) => surroundings.stdout.write(options.json ? jsonText(value) : text()),
    confirm: (question) => confirmed(question, options, surroundings),
  };
}

/** JSON of several lines, without characters that a terminal would act on. */
export function jsonText(value: unknown): string {
  return `${escaped(JSON.stringify(value, undefined, 2))}\n`;
}

/** The same in one line. */
export function jsonLine(value: unknown): string {
  return `${escaped(JSON.stringify(value))}\n`;
}

function escaped(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The admin port's address. @param given - where `relay` was given, for messages @throws UsageError */
export function addressOf(
  { relay }: Pick<AdminOptions, 'relay'>,
  { env }: Surroundings,
  given = '--relay',
): URL {
  const text = relay ?? (env[RELAY_VARIABLE]?.trim() || RELAY);
  const url = URL.canParse(text) ? new URL(text) : null;
  const place = relay === undefined ? RELAY_VARIABLE : given;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${place}: ${JSON.stringify(oneLine(text))} is not an address such as ${RELAY}`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError(`${place}: the address of an admin port has a host, a port and a path, and no more`);
  }
  return url;
}

/** A token for it. @throws UsageError when there is none */
export function tokenOf({ token }: Pick<AdminOptions, 'token'>, surroundings: Surroundings): string {
  const { env } = surroundings;
  const source = token ?? env[TOKEN_VARIABLE]?.trim();
  if (source) {
    const { value, from } = resolveSecret(source, { env });
    if (token !== undefined && from === 'text') {
      warn(
        surroundings,
        'a token on the command line is visible in the list of processes: ' +
          `give --token file:path or env:NAME, or set ${TOKEN_VARIABLE}`,
      );
    }
    // What a header cannot carry is no token; fetch would repeat it in its message.
    if (!/^[\x21-\x7e]+$/.test(value)) throw new UsageError('the token has characters that no token has');
    return value;
  }
  if (existsSync(resolve(TOKEN_FILE))) return readSecretFile(TOKEN_FILE);
  throw new UsageError(
    `give --token file:path or set ${TOKEN_VARIABLE}: the relay's own token is in admin.token in its data folder`,
  );
}

/** Goes on when a person says so, or `--yes` did. @throws UsageError where there is nobody to ask, an error when the answer is no */
export async function confirmed(
  question: string,
  { yes }: Pick<AdminOptions, 'yes'>,
  { ask }: Surroundings,
): Promise<void> {
  if (yes) return;
  if (ask === undefined) throw new UsageError(`${question} Give --yes to say so: there is nobody to ask`);
  const answer = await ask(`${oneLine(question)} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new Error('nothing was changed');
}

function warn({ stderr }: Surroundings, message: string): void {
  stderr.write(`hybridge: warning: ${oneLine(message)}\n`);
}
