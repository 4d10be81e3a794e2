/**
 * What clients of a namespace dial, as it stands in a connection string.
 * @module
 */
import { DEFAULTS, type ListenOptions } from '../config/options.js';
import { RelayConfigError } from '../config/relay-config-error.js';

/** What decides it. */
export interface EndpointSource {
  readonly publicUrl: string | undefined;
  readonly listen: ListenOptions | undefined;
  /** Name of the namespace. */
  readonly namespace: string;
  /** It answers to every name that is no other namespace's. */
  readonly isFallback: boolean;
}

/**
 * The public address if there is one. Else the address that the relay listens on, where that is one to be dialled and
 * no certificate wants a name; else the namespace's name, and so for the others of several namespaces, which only names
 * tell apart.
 * @throws RelayConfigError when the port is known only while the relay runs.
 */
export function endpointOf({ publicUrl, listen = {}, namespace, isFallback }: EndpointSource): URL {
  const { host = DEFAULTS.host, port = DEFAULTS.port, tls } = listen;
  if (publicUrl !== undefined) {
    const url = new URL(publicUrl);
    const secure = url.protocol === 'wss:';
    return isFallback ? endpoint(secure, url.hostname, url.port) : endpoint(secure, namespace, url.port);
  }
  if (port === 0) throw new RelayConfigError('listen.port is 0, which is known only while the relay runs');
  const isDialled = isFallback && tls === undefined && host !== '0.0.0.0' && host !== '::';
  return endpoint(tls !== undefined, isDialled ? host : namespace, String(port));
}

/** Microsoft's clients know TLS as `sb://` only, with 443 as its port. */
function endpoint(secure: boolean, host: string, port: string): URL {
  const hostname = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const usual = secure ? '443' : '80';
  return new URL(`${secure ? 'sb' : 'ws'}://${hostname}${port === '' || port === usual ? '' : `:${port}`}/`);
}
