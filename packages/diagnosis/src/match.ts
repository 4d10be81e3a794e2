/**
 * The step before all others: which hybrid connection a name and a port are led through, and, where it is none, which one was
 * probably meant.
 *
 * Names are compared as they are written, as whoever redirects connections compares them: nothing is resolved, so a name and its
 * address are two different things.
 * @module
 */
import net from 'node:net';
import type { Endpoint } from './endpoint.js';
import { place } from './network.js';
import { type Finding, type Step, stepOf } from './step.js';

/** An endpoint, and the hybrid connection that leads there. */
export interface NamedConnection extends Endpoint {
  /** Name of the hybrid connection in its namespace. */
  readonly hybridConnection: string;
  /** Host of the relay's namespace. */
  readonly namespace: string;
}

/** What came of it. */
export interface Match<Connection extends NamedConnection> {
  readonly step: Step<'match'>;
  /** The one that leads there. */
  readonly connection: Connection | undefined;
}

/** Looks for the connection that leads to an endpoint. @param asked - as an application would write it */
export function matchConnection<Connection extends NamedConnection>(
  asked: Endpoint,
  connections: readonly Connection[],
): Match<Connection> {
  const startedAt = performance.now();
  const same = connections.filter((each) => isSame(each.host, asked.host) && each.port === asked.port);
  const [connection] = same;
  const finding =
    connection === undefined ? missed(asked, connections) : found(asked, connection, same.length);
  return { step: stepOf('match', performance.now() - startedAt, finding), connection };
}

function found(
  asked: Endpoint,
  { host, hybridConnection, namespace }: NamedConnection,
  count: number,
): Finding {
  const written = host.toLowerCase() === asked.host ? '' : ` (configured as ${host})`;
  const others = count > 1 ? `, the first of ${count} that are for it` : '';
  const asText = place(asked.host, asked.port);
  return {
    outcome: 'ok',
    message: `${asText} is led through ${hybridConnection} on ${namespace}${written}${others}`,
    detail: { asked: asText, hybridConnection, relay: namespace },
  };
}

/** How many are named where none is near. */
const MAX_NAMED = 5;

function missed(asked: Endpoint, connections: readonly NamedConnection[]): Finding {
  const asText = place(asked.host, asked.port);
  const near = connections
    .flatMap((each) => nearness(asked, each) ?? [])
    .sort((one, other) => one.distance - other.distance);
  const [nearest] = near;
  const nearby = near.map(({ connection, difference }) => ({
    endpoint: place(connection.host, connection.port),
    hybridConnection: connection.hybridConnection,
    difference,
  }));
  const detail = { asked: asText, connections: connections.length, near: nearby.slice(0, MAX_NAMED) };
  if (nearest !== undefined) {
    const { message, advice } = nearest;
    return {
      outcome: 'failed',
      message: `no hybrid connection is for ${asText}: ${message}`,
      advice,
      detail,
    };
  }
  if (connections.length === 0) {
    const advice = 'Give one: --connection-string, --config or HYBRIDGE_CONFIG';
    return { outcome: 'failed', message: 'no hybrid connection is configured', advice, detail };
  }
  const named = connections.slice(0, MAX_NAMED).map(({ host, port }) => place(host, port));
  const more = connections.length > MAX_NAMED ? ` and ${connections.length - MAX_NAMED} more` : '';
  return {
    outcome: 'failed',
    message: `no hybrid connection is for ${asText}; there are some for ${named.join(', ')}${more}`,
    advice: `Create a hybrid connection with the endpoint ${asText} at the relay, and add it to the configuration of this application`,
    detail,
  };
}

/** In which way an endpoint is not the one that was asked for. */
type Difference =
  | 'port'
  | 'address instead of name'
  | 'name instead of address'
  | 'short name'
  | 'domain'
  | 'spelling';

interface Near {
  readonly connection: NamedConnection;
  readonly difference: Difference;
  /** The smaller the likelier. */
  readonly distance: number;
  readonly message: string;
  readonly advice: string;
}

function nearness(asked: Endpoint, connection: NamedConnection): Near | undefined {
  const { host, port, hybridConnection } = connection;
  const its = `${hybridConnection} is for`;
  const isPort = port === asked.port;
  const portToo = isPort ? '' : `, and for port ${port}`;
  const near = (difference: Difference, distance: number, message: string, advice: string): Near => ({
    ...{ connection, difference, advice },
    distance: distance + (isPort ? 0 : 10),
    message: `${message}${difference === 'port' ? '' : portToo}`,
  });
  const use = `Have the application use ${place(host, port)}`;
  if (isSame(host, asked.host)) {
    const message = `port ${asked.port} is asked for, and ${its} port ${port} of that host`;
    return near('port', -9, message, `${use}, or create a hybrid connection for port ${asked.port}`);
  }
  const [own, other] = [isAddress(asked.host), isAddress(host)];
  const asIs = 'names are compared as they are written, and not resolved';
  if (own !== other && isPort) {
    const message = own
      ? `the address ${asked.host} is asked for, and ${its} the name ${host}`
      : `the name ${asked.host} is asked for, and ${its} the address ${host}`;
    const difference = own ? 'address instead of name' : 'name instead of address';
    const also = `, or create a hybrid connection for ${place(asked.host, asked.port)}`;
    return near(difference, 5, message, `${use}: ${asIs}${also}`);
  }
  if (own || other) return undefined;
  const [a, b] = [plain(asked.host), plain(host)];
  if (a.startsWith(`${b}.`) || b.startsWith(`${a}.`)) {
    const [is, was] = a.length < b.length ? ['short', 'full'] : ['full', 'short'];
    const message = `the ${is} name ${asked.host} is asked for, and ${its} the ${was} name ${host}`;
    return near('short name', 1, message, `${use}: ${asIs}`);
  }
  const typos = distanceOf(a, b);
  if (typos <= (Math.min(a.length, b.length) >= 8 ? 2 : 1)) {
    const message = `${asked.host} is asked for, and ${its} ${host}: a slip of the pen?`;
    return near('spelling', 1 + typos, message, use);
  }
  if (a.split('.')[0] === b.split('.')[0]) {
    const message = `${asked.host} is asked for, and ${its} ${host}, in another domain`;
    return near('domain', 4, message, `${use}: ${asIs}`);
  }
  return undefined;
}

function isSame(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

/** A host as it is compared: small letters, no dot at the end, IPv6 in its short form. */
function plain(host: string): string {
  if (net.isIPv6(host) && !host.includes('%'))
    return new net.SocketAddress({ address: host, family: 'ipv6' }).address;
  return host.toLowerCase().replace(/\.$/, '');
}

function isAddress(host: string): boolean {
  return net.isIP(host) !== 0;
}

/** Letters that are wrong, missing, too many, or in the place of their neighbour (Damerau, restricted); names are short. */
function distanceOf(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const wrong = last[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      let least = Math.min(wrong, last[j]! + 1, row[j - 1]! + 1);
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (isSwapped) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[other.length]!;
}
