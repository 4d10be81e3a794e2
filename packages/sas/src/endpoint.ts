/**
 * Where a relay is, as connection strings and options say it.
 *
 * `sb://`, `wss://` and `https://` mean TLS (port 443 unless given), `ws://` and `http://` mean plain TCP (port 80
 * unless given), which is for a relay on the same machine or behind a TLS proxy.
 *
 * Source: docs/protocol.md, sections 1.6 and 5.5.
 * @module
 */
import { SasError, type SasErrorCode } from './errors.js';

const SCHEMES = new Set(['sb:', 'wss:', 'https:', 'ws:', 'http:']);

/**
 * Reads an endpoint.
 * @throws SasError with the given code; the message calls the endpoint by the given name and does not repeat it.
 */
export function parseEndpoint(text: string, code: SasErrorCode, name: string): URL {
  if (/^hc:/i.test(text)) {
    throw new SasError(
      code,
      `${name} is of the BizTalk era (hc://), which no relay serves any more: create the hybrid connection in a ` +
        'relay namespace and use the connection string from there (Endpoint=sb://…;…;EntityPath=…)',
    );
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Of a scheme that is not the web's, such as sb, URL takes nearly any text for a host.
  if (url === undefined || !SCHEMES.has(url.protocol) || !URL.canParse(`http://${url.host}`)) {
    throw new SasError(code, `${name} must be a URI such as sb://contoso.servicebus.windows.net/`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new SasError(code, `${name} must hold a scheme, a host, a port and a path, and nothing else`);
  }
  // Clients that append the name of the hybrid connection (Java's) rely on the slash.
  if (url.pathname === '') url.pathname = '/';
  return url;
}
