/**
 * Where a command's connection string comes from: an option, or the environment.
 * @module
 */
import { type ConnectionString, parseConnectionString } from '@hybridge/sas';
import { resolveSecret } from '@hybridge/service';
import { Option } from 'commander';
import type { Surroundings } from './surroundings.js';
import { UsageError } from './usage-error.js';

/** The variable that is read when the option is not there. */
const CONNECTION_STRING_VARIABLE = 'HYBRIDGE_CONNECTION_STRING';

/** `--connection-string`. */
export function connectionStringOption(description: string): Option {
  return new Option(
    '--connection-string <text>',
    `${description}, or file:path or env:NAME of it (default: $${CONNECTION_STRING_VARIABLE})`,
  );
}

/** A connection string of one hybrid connection. */
export interface GivenConnectionString {
  /** The text itself. A secret. */
  readonly text: string;
  readonly parsed: ConnectionString & { readonly entityPath: string };
  /** It stood on the command line with its key in it, where every user of the machine can read it. */
  readonly exposed: boolean;
}

/** What to say when {@link GivenConnectionString.exposed}. */
export const EXPOSED_WARNING =
  'a key on the command line is visible in the list of processes: ' +
  `give --connection-string file:path or env:NAME, or set ${CONNECTION_STRING_VARIABLE}`;

/** A connection string as it was given. */
export interface UnreadConnectionString {
  /** A secret. */
  readonly text: string;
  readonly exposed: boolean;
}

/**
 * Finds the connection string, and does not look into it.
 * @param wanted - what the error asks for, where there is something else than the option
 * @throws UsageError when there is none
 */
export function unreadConnectionString(
  option: string | undefined,
  { env }: Surroundings,
  wanted = '--connection-string',
): UnreadConnectionString {
  const source = option ?? env[CONNECTION_STRING_VARIABLE];
  if (source === undefined || source.trim() === '') {
    throw new UsageError(`give ${wanted} or set ${CONNECTION_STRING_VARIABLE}`);
  }
  const { value, from } = resolveSecret(source, { env });
  const hasSecret = /SharedAccess(?:Key|Signature)\s*=/i.test(value);
  return { text: value, exposed: option !== undefined && from === 'text' && hasSecret };
}

/** Finds the connection string. @throws UsageError or the parser's error when there is none that can be used. */
export function givenConnectionString(
  option: string | undefined,
  surroundings: Surroundings,
): GivenConnectionString {
  const { text, exposed } = unreadConnectionString(option, surroundings);
  const parsed = parseConnectionString(text);
  const { entityPath } = parsed;
  if (entityPath === undefined) {
    throw new UsageError('the connection string has no EntityPath: use that of one hybrid connection');
  }
  return { text, parsed: { ...parsed, entityPath }, exposed };
}
