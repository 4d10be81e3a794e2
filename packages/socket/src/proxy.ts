/**
 * An HTTP proxy: how one is written, and which one an address goes through.
 *
 * What is given as an option holds for every address, whatever the environment says; `false` holds against it. Whoever
 * gives nothing gets what `proxy-environment.ts` finds.
 * @module
 */
import { RelayError } from '@hybridge/protocol';
import { type Environment, type ProxiedAddress, proxyFromEnvironment } from './proxy-environment.js';

/** How `proxy` is given: a URL with the credentials in it, or `false` for none. */
export type ProxyOption = string | URL | false;

/** A proxy, ready to be asked. */
export interface HttpProxy {
  /** Whether TLS is spoken to the proxy itself. */
  readonly secure: boolean;
  /** For the connection and for TLS: a name, or an address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** For messages: host and port, and nothing secret. */
  readonly host: string;
  /** Value of `Proxy-Authorization`. A secret. */
  readonly authorization: string | undefined;
}

/**
 * Finds the proxy for an address. @returns `undefined` when it is to be reached directly.
 * @throws RelayError `ERR_RELAY_ARGUMENT` when the option cannot be used, `ERR_RELAY_PROXY` when the environment cannot.
 */
export function proxyFor(
  address: ProxiedAddress,
  given: ProxyOption | undefined,
  env: Environment = process.env,
): HttpProxy | undefined {
  if (given === false) return undefined;
  if (given !== undefined) return parseProxy(String(given));
  const variable = proxyFromEnvironment(address, env);
  if (variable === undefined) return undefined;
  try {
    return parseProxy(variable.value);
  } catch (error) {
    throw new RelayError('ERR_RELAY_PROXY', `${variable.name} cannot be used: ${(error as Error).message}`);
  }
}

/**
 * Reads `http://host:port`, `https://host:port` or `host:port`, with `user:password@` in front of the host or without.
 *
 * As in any URL, characters of user and password that have a meaning there are percent-encoded. Without a port it is
 * the scheme's own.
 * @throws RelayError `ERR_RELAY_ARGUMENT`, without the text: it may hold a password.
 */
export function parseProxy(text: string): HttpProxy {
  const written = text.trim();
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(written) ?? [];
  if (scheme !== undefined && !/^https?$/i.test(scheme)) {
    throw argument(`The proxy is a ${scheme}:// address; only http:// and https:// proxies are known`);
  }
  const address = scheme === undefined ? `http://${written}` : written;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === '' || /[?#]/.test(address) || url.pathname !== '/') {
    throw argument(
      'The proxy is not a URL such as http://user:password@proxy.example.net:3128 (is there a special character in the ' +
        'password? Write it percent-encoded, such as %23 for #)',
    );
  }
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return {
    secure,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    host: `${url.hostname}:${port}`,
    authorization: basic(decoded(url.username), decoded(url.password)),
  };
}

/** RFC 7617: the user's name ends at the first colon; UTF-8, as everything that is not from the last century has it. */
function basic(user: string, password: string): string | undefined {
  if (user === '' && password === '') return undefined;
  if (user.includes(':')) throw argument("The proxy's user name has a colon in it, which Basic cannot carry");
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

/** A `%` that begins no escape stands for itself, as in curl. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function argument(message: string): RelayError {
  return new RelayError('ERR_RELAY_ARGUMENT', message);
}
