/**
 * What a person gave the command and it cannot use: exit code 2, with one line.
 * @module
 */

/** Wrong options or a wrong combination of them. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'ERR_USAGE';
}

/** Codes of the libraries' errors that a person causes with an option or a configuration file. */
const OF_CONFIGURATION = new Set([
  'ERR_USAGE',
  'ERR_MANAGER_CONFIG',
  'ERR_RELAY_CONFIG',
  'ERR_RELAY_ARGUMENT',
  'ERR_SAS_CONNECTION_STRING',
]);

/** Tells a wrong configuration (exit code 2) from any other failure (exit code 1). */
export function isUsageError(error: unknown): boolean {
  return OF_CONFIGURATION.has(String((error as { code?: unknown } | null)?.code));
}
