/**
 * The URI that a token for a hybrid connection is signed for.
 *
 * Clients differ in scheme, port, case and final slash. This is the .NET client's form, which is stable under
 * every port and scheme that leads to the same relay: `http://{host}/{path}/`.
 *
 * Source: docs/protocol.md, section 5.2.
 * @module
 */
import { parseEndpoint } from './endpoint.js';

/**
 * The resource to sign for a hybrid connection, or, with no path, for its whole namespace.
 *
 * @param endpoint - where the relay is; `sb`, `wss`, `https`, `ws` or `http`. A full address with `$hc` will do.
 * @param entityPath - name of the hybrid connection, appended to the endpoint's own path
 * @throws SasError `ERR_SAS_ARGUMENT` when the endpoint is no such URI.
 */
export function audienceOf(endpoint: string | URL, entityPath = ''): string {
  const url = parseEndpoint(String(endpoint), 'ERR_SAS_ARGUMENT', 'endpoint');
  // Only for web schemes does URL bring the host into its one form: lower case, Punycode.
  const web = new URL(`http://${url.host}`);
  const own = url.pathname.split('/').filter((segment) => segment !== '');
  if (own[0] === '$hc') own.shift();
  web.pathname = [...own, ...entityPath.split('/')].filter((segment) => segment !== '').join('/');
  return `http://${web.hostname}${web.pathname.replace(/\/*$/, '/')}`;
}
