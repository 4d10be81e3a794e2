/**
 * The account that a database server runs under.
 *
 * PostgreSQL and MariaDB refuse to run as root, and root is what continuous integration is. There the servers run as
 * the account that their package made, or else as `nobody`; anybody else runs them as themselves.
 * @module
 */
import { execFileSync } from 'node:child_process';

/** Ids to give to `spawn`; empty for the current account. */
export type Account = { readonly uid: number; readonly gid: number } | Record<string, never>;

/** The first of the accounts that exists, when the current one is root. */
export function serviceAccount(...names: readonly string[]): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of [...names, 'nobody']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error(`None of the accounts ${[...names, 'nobody'].join(', ')} exists to run a server under`);
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(
      execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch {
    return undefined; // `id` exits with 1 for an account that does not exist
  }
}
