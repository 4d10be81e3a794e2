/**
 * What a failure means for whoever started the command: its exit code.
 * @module
 */

/** Wrong options or a wrong combination of them. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'ERR_USAGE';
}

/** By the codes of errors that say so; any other failure is 1. Told in README.md. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  // A person causes these with an option or a configuration file.
  ERR_USAGE: 2,
  ERR_SECRET: 2,
  ERR_MANAGER_CONFIG: 2,
  ERR_REDIRECT_CONFIG: 2,
  ERR_RELAY_CONFIG: 2,
  ERR_RELAY_ARGUMENT: 2,
  ERR_SAS_CONNECTION_STRING: 2,
  ERR_ADMIN_INVALID: 2,
  ERR_MANAGER_INVALID: 2,
  ERR_ADMIN_NOT_FOUND: 3,
  ERR_MANAGER_NOT_FOUND: 3,
  ERR_ADMIN_DENIED: 4,
  ERR_MANAGER_DENIED: 4,
};

/** The exit code for a failure. */
export function exitCodeOf(error: unknown): number {
  return EXIT_CODES[String((error as { code?: unknown } | null)?.code)] ?? 1;
}
