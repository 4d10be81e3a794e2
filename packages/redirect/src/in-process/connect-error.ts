/**
 * Why a redirected connection did not open, with all that Node's own errors of `connect` have.
 * @module
 */
import { getSystemErrorMap } from 'node:util';
import type { Route } from '../routes/route.js';

/** Adds what is missing: `errno`, and whom the application asked for. The error stays what it is. */
export function asConnectError(error: unknown, { host, port }: Pick<Route, 'host' | 'port'>): Error {
  const given = error instanceof Error ? error : new Error(String(error));
  const { code } = given as NodeJS.ErrnoException;
  const errno = code === undefined ? undefined : errnoOf(code);
  return Object.assign(given, { ...(errno === undefined ? {} : { errno }), address: host, port });
}

let errnos: ReadonlyMap<string, number> | undefined;

function errnoOf(code: string): number | undefined {
  // Node has this one under the name that the system gives it.
  const name = code === 'ENOTFOUND' ? 'EAI_NONAME' : code;
  errnos ??= new Map([...getSystemErrorMap()].map(([number, [known]]) => [known, number]));
  return errnos.get(name);
}
