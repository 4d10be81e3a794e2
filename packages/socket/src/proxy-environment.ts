/**
 * Which proxy the environment names for an address, as curl reads it.
 *
 * `https_proxy` is for `wss:` addresses, `http_proxy` for `ws:` ones, `all_proxy` for what those leave open; `no_proxy`
 * lists what is reached directly. Each also in capitals, and the small letters win. Two rules are not curl's: this
 * machine's own addresses never go through a proxy that the environment names, since it would connect to itself; and a
 * variable is only looked at, never changed.
 *
 * Pure: an address and a set of variables in, a variable out.
 *
 * Source: curl(1), section ENVIRONMENT; RFC 6761, section 6.3 (`localhost`); RFC 3875, section 4.1.18 (`HTTP_*`).
 * @module
 */
import { BlockList, isIP } from 'node:net';

/** What is to be reached. */
export interface ProxiedAddress {
  /** Whether TLS is spoken to it. */
  readonly secure: boolean;
  /** A name, or an address without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** Variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that names a proxy. */
export interface ProxyVariable {
  /** Its name, for messages. */
  readonly name: string;
  /** What it holds. May have a password in it. */
  readonly value: string;
}

/** Finds the proxy for an address. @returns `undefined` when it is to be reached directly. */
export function proxyFromEnvironment(address: ProxiedAddress, env: Environment): ProxyVariable | undefined {
  const own = address.secure ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', ...httpProxyInCapitals(env)];
  const variable = firstSet([...own, 'all_proxy', 'ALL_PROXY'], env);
  if (variable === undefined || isThisMachine(address.hostname)) return undefined;
  const exceptions = firstSet(['no_proxy', 'NO_PROXY'], env)?.value ?? '';
  return isExcepted(address, exceptions) ? undefined : variable;
}

/**
 * Whether a list such as `NO_PROXY` has an address in it.
 *
 * The list is separated by commas or white space. An entry is `*` for everything; a name, which stands for the names
 * below it as well, with or without a dot or `*.` in front; an address, or a range of them as `10.0.0.0/8`. A port may
 * follow, and then the entry is for that port alone. Names are not resolved: an address matches a range, a name does not.
 */
export function isExcepted(
  { hostname, port }: Pick<ProxiedAddress, 'hostname' | 'port'>,
  list: string,
): boolean {
  const host = plainName(hostname);
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(host, port, entry));
}

function matches(host: string, port: number, entry: string): boolean {
  const { name, onlyPort } = takenApart(entry);
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const [network = '', bits] = name.split('/');
  if (isIP(network) !== 0) return isInNetwork(host, network, bits);
  const domain = plainName(network).replace(/^\*?\./, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

/** `name`, `name:port`, `[v6]`, `[v6]:port`, or a bare IPv6 address, whose colons are its own. */
function takenApart(entry: string): { readonly name: string; readonly onlyPort: number | undefined } {
  const match =
    /^\[([^\]]+)\](\/\d+)?(?::(\d+))?$/.exec(entry) ?? /^([^:/]+)(\/\d+)?(?::(\d+))?$/.exec(entry);
  if (match === null) return { name: entry, onlyPort: undefined };
  const [, name = '', bits = '', port] = match;
  return { name: name + bits, onlyPort: port === undefined ? undefined : Number(port) };
}

function isInNetwork(host: string, network: string, bits: string | undefined): boolean {
  if (isIP(host) === 0) return false;
  const list = new BlockList();
  const most = isIP(network) === 6 ? 128 : 32;
  const length = bits === undefined ? most : Number(bits);
  if (!(length <= most)) return false;
  list.addSubnet(network, length, familyOf(network));
  return list.check(host, familyOf(host));
}

function isThisMachine(hostname: string): boolean {
  const host = plainName(hostname);
  return /(?:^|\.)localhost$/.test(host) || LOOPBACK.some((network) => isInNetwork(host, ...network));
}

const LOOPBACK: ReadonlyArray<readonly [network: string, bits: string]> = [
  ['127.0.0.0', '8'],
  ['::1', '128'],
];

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** Without regard to case and to the dot that may end a name. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** In a CGI program `HTTP_PROXY` is a header of the client's request, and nobody's setting. */
function httpProxyInCapitals(env: Environment): string[] {
  return env.REQUEST_METHOD === undefined ? ['HTTP_PROXY'] : [];
}

/** The first one that holds anything: an empty variable counts as one that is not there. */
function firstSet(names: readonly string[], env: Environment): ProxyVariable | undefined {
  for (const name of names) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') return { name, value };
  }
  return undefined;
}
