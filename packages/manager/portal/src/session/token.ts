/**
 * The token, which comes in the address: `http://127.0.0.1:PORT/#token=…`.
 *
 * What is behind `#` is sent to nobody. It is taken out of the address at once, so that it stands in no history and no bookmark,
 * and kept for this tab and its reloads only.
 * @module
 */

const KEY = 'hybridge.token';

/** The token in an address' part behind `#`, if there is one. */
export function tokenIn(hash: string): string | undefined {
  const token = new URLSearchParams(hash.replace(/^#\/?/, '')).get('token');
  return token === null || token === '' ? undefined : token;
}

/** Takes the token out of the address of the page. @returns whether there was one */
export function takeToken(): boolean {
  const token = tokenIn(location.hash);
  if (token === undefined) return false;
  sessionStorage.setItem(KEY, token);
  history.replaceState(null, '', `${location.pathname}${location.search}#/`);
  return true;
}

/** The token that was taken. */
export function keptToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

/** Forgets it. */
export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}
