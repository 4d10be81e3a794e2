/**
 * What a proxy of ours is asked for: an endpoint that has a route, or one that is refused. Nothing is reached directly.
 * @module
 */
import { socketErrorCode } from '@hybridge/protocol';
import { formatEndpoint, type Route } from '../../routes/route.js';
import type { RouteTable } from '../../routes/route-table.js';

/** The part of a table that is asked. */
export type Routes = Pick<RouteTable, 'find' | 'hasHost' | 'portsOf'>;

/** Why something is not reached. */
export type RefusalReason =
  /** No hybrid connection is for that host. */
  | 'host'
  /** One is, at another port. */
  | 'port'
  /** The hybrid connection did not open. */
  | 'tunnel';

/** A target that is not reached. The message is for a person. */
export class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal';
  readonly reason: RefusalReason;
  /** Of a tunnel: a word of Node's, such as `ECONNREFUSED`. */
  readonly code: string;

  constructor(reason: RefusalReason, code: string, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.reason = reason;
    this.code = code;
  }
}

/** The route to an endpoint. @throws ProxyRefusal when there is none */
export function routeTo(routes: Routes, host: string, port: number): Route {
  const route = routes.find(host, port);
  if (route !== undefined) return route;
  const endpoint = formatEndpoint({ host, port });
  if (!routes.hasHost(host)) {
    throw new ProxyRefusal(
      'host',
      'EACCES',
      `${endpoint} is not the endpoint of a configured hybrid connection`,
    );
  }
  const ports = routes.portsOf(host).join(', ');
  throw new ProxyRefusal(
    'port',
    'ECONNREFUSED',
    `${endpoint} is not configured; ${host} is, at port ${ports}`,
  );
}

/** Words what a tunnel said when it did not open. */
export function tunnelRefusal(route: Route, cause: unknown): ProxyRefusal {
  const said = cause instanceof Error ? cause.message : String(cause);
  const message = `${formatEndpoint(route)} cannot be reached: ${said}`;
  const { code, syscall } = cause as NodeJS.ErrnoException;
  // Senders word their errors so; below the streams it may be the relay's own.
  const word = syscall === 'connect' && code !== undefined ? code : socketErrorCode(cause);
  return new ProxyRefusal('tunnel', word, message, { cause });
}
