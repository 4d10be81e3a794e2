/**
 * The HTTP server of the admin port: from the bytes of a request to a route, and back.
 *
 * What can be asked is a table (`management/routes.ts`); this decides who may, reads what is sent, and answers. Nothing is
 * read of a request before its token was good, apart from its header. No answer allows another origin.
 * @module
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ANSWER_HEADERS,
  badRequest,
  checkInput,
  checkMethod,
  listening,
  methodNotAllowed,
  openEventStream,
  parseTarget,
  RateLimiter,
  type RequestTarget,
  RestError,
  RouteTable,
  readBody,
  remoteEndpoint,
  sendAnswer,
  sendPage,
  smallServer,
} from '@hybridge/service';
import { DEFAULTS, type RelayConfig, type RelayLimits } from '../config/options.js';
import { type Logger, silentLogger } from '../logger.js';
import { checkVersion } from '../management/arm/versions.js';
import { restErrorOf } from '../management/rest-error.js';
import type { Answer, Call, Principal, RelayHealth, Route } from '../management/route.js';
import { makeRoutes } from '../management/routes.js';
import type { ManagedRelay } from '../model/managed-relay.js';
import { builtPortal } from './built-portal.js';
import type { AdminPorts, AuditDetails } from './ports.js';
import { programVersion } from './program-version.js';
import { checkRole, TokenGate } from './token-gate.js';

/** What the admin port serves. */
export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  /** The owner's token of the configuration. */
  readonly token: string;
  readonly relay: ManagedRelay;
  /** How the relay is. */
  readonly health: () => RelayHealth;
  /** What others know. @defaultValue nothing: those addresses answer 501 */
  readonly ports?: AdminPorts;
  /** What clients reach the admin port by, where a proxy stands before it. @defaultValue `http://` and their `Host` */
  readonly publicUrl?: string | undefined;
  /** Metrics need no token. @defaultValue false */
  readonly publicMetrics?: boolean;
  /** What the relay takes, to be shown. @defaultValue what holds unless a configuration says otherwise */
  readonly limits?: Required<RelayLimits>;
  /** Folder of the built portal. @defaultValue beside the built package */
  readonly portal?: string;
  readonly logger?: Logger;
  readonly now?: () => number;
}

/** What of it stands in the configuration. */
export function adminServerOptions({ admin = {}, limits }: Pick<RelayConfig, 'admin' | 'limits'>) {
  return {
    host: admin.host ?? DEFAULTS.host,
    port: admin.port ?? DEFAULTS.adminPort,
    publicUrl: admin.publicUrl,
    publicMetrics: admin.metrics === 'public',
    limits: { ...DEFAULTS.limits, ...limits },
  };
}

/** Connections at once; more are closed as they come. */
const MAX_CONNECTIONS = 1_024;
/** Those who watch at once. */
const MAX_STREAMS = 64;

/** Refusals of one address in a second that are written down, ten times as many at once: nobody without a token fills the log. */
const NOTED_PER_SECOND = 1;

/** Addresses below which nothing is said to anybody without a token, not even what there is. */
const GUARDED = new Set(['api', 'subscriptions', 'providers', 'metrics']);

/** Names a request, as Azure does. */
const REQUEST_ID = 'x-ms-request-id';

/** What is written down of an answer. */
interface Recorded {
  readonly status: number;
  readonly principal?: Principal | undefined;
  readonly details?: AuditDetails | undefined;
}

/** Nobody, for addresses that need no token. */
const ANYBODY: Principal = { id: '', name: '', role: 'reader' };

/** The admin port. */
export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #server: Server;
  readonly #table: RouteTable<Route>;
  readonly #gate: TokenGate;
  readonly #log: Logger;
  readonly #portal: string;
  readonly #now: () => number;
  readonly #noted: RateLimiter;
  #streams = 0;

  constructor(options: AdminServerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#noted = new RateLimiter(NOTED_PER_SECOND, this.#now);
    this.#log = options.logger ?? silentLogger;
    this.#portal = options.portal ?? builtPortal();
    this.#table = new RouteTable(makeRoutes({ publicMetrics: options.publicMetrics ?? false }));
    this.#gate = new TokenGate({
      token: options.token,
      model: () => options.relay.model,
      now: this.#now,
    });
    this.#server = smallServer({
      maxConnections: MAX_CONNECTIONS,
      serve: (request, response) => this.#serve(request, response),
    });
  }

  /** Starts to listen. Rejects with Node's own error. */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    await listening(this.#server, { host, port });
    return this.#server.address() as AddressInfo;
  }

  /** Stops at once. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = randomUUID();
    response.setHeader(REQUEST_ID, id);
    try {
      const target = parseTarget(request.url ?? '');
      if (await this.#isPortal(target, request, response)) return;
      await this.#answer(target, request, response);
    } catch (error) {
      const refusal = restErrorOf(error);
      // A refusal that has a cause is the relay's failure, and none that was meant.
      if (refusal.status >= 500 && refusal.cause !== undefined) {
        const { method } = request;
        this.#log.error('The admin port failed', { requestId: id, method, error: reasonOf(refusal.cause) });
      }
      sendAnswer(request, response, { status: refusal.status, headers: refusal.headers, body: refusal });
    }
  }

  /** Pages and files, which are there without a token. Redirects are relative: the relay may be below any path. */
  async #isPortal(
    { segments }: RequestTarget,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> {
    const [first = '', ...rest] = segments;
    if (first !== '' && first !== 'portal') return false;
    if (first === '' && rest.length > 0) return false;
    checkMethod(request, ['GET']);
    if (rest.length === 0) {
      sendAnswer(request, response, { status: 302, headers: { Location: 'portal/' } });
      return true;
    }
    await sendPage(this.#portal, rest, request, response);
    return true;
  }

  async #answer(target: RequestTarget, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
    const match = this.#table.match(method, target.segments);
    const isPublic = match.type === 'found' && match.route.role === 'public';
    const isGuarded = GUARDED.has(target.segments[0]!.toLowerCase());
    const principal = isPublic || !isGuarded ? ANYBODY : this.#admit(target, request, response);
    if (match.type === 'none') throw new RestError(404, 'NotFound', 'There is nothing at this address.');
    if (match.type === 'method') throw methodNotAllowed(match.allowed);
    const { route, params } = match;
    let status = 500;
    let details: AuditDetails | undefined;
    try {
      const answer = await this.#call(route, { params, principal, target }, request);
      status = answer.status;
      details = answer.noted;
      if (answer.events === undefined) sendAnswer(request, response, answer);
      else this.#stream(answer.events, principal, request, response);
    } catch (error) {
      ({ status } = restErrorOf(error));
      throw error;
    } finally {
      // What readers may do changes nothing, and shows no key.
      if (method !== 'GET' && route.role !== 'reader') {
        this.#record(route.id, { status, principal, details }, target, request, response);
      }
    }
  }

  #admit(target: RequestTarget, request: IncomingMessage, response: ServerResponse): Principal {
    try {
      return this.#gate.admit(request.headers.authorization, addressOf(request));
    } catch (error) {
      const { status } = restErrorOf(error);
      // Those that have to wait were written down before they had to.
      if (status === 401 && this.#noted.take(addressOf(request))) {
        this.#record('refused', { status }, target, request, response);
      }
      throw error;
    }
  }

  async #call(
    route: Route,
    { params, principal, target }: Pick<Call, 'params' | 'principal'> & { readonly target: RequestTarget },
    request: IncomingMessage,
  ): Promise<Answer> {
    if (route.role !== 'public') {
      checkRole(principal, route.role);
      if (this.#options.health() === 'starting') throw starting();
    }
    const asked = queryOf(route, target.query);
    if (route.versions !== undefined) checkVersion(versionIn(target.query), route.versions);
    const query = route.query === undefined ? {} : checkInput(route.query, asked);
    const sent = route.body === undefined ? undefined : await readBody(request);
    const { relay, ports = {}, health, limits = DEFAULTS.limits } = this.#options;
    return route.handle({
      relay,
      ports,
      health,
      limits,
      version: programVersion(),
      now: this.#now,
      params,
      query,
      body: route.body === undefined ? undefined : checkInput(route.body, bodyOf(route, sent)),
      principal,
      url: this.#urlOf(target, request),
    });
  }

  #stream(
    subscribe: NonNullable<Answer['events']>,
    principal: Principal,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    if (request.method === 'HEAD') {
      sendAnswer(request, response, { status: 200, headers: { 'Content-Type': 'text/event-stream' } });
      return;
    }
    if (this.#streams >= MAX_STREAMS) {
      throw new RestError(503, 'TooManyStreams', `As many as ${MAX_STREAMS} watch already.`, {
        headers: { 'Retry-After': '10' },
      });
    }
    this.#streams += 1;
    openEventStream(response, {
      headers: ANSWER_HEADERS,
      subscribe,
      isPassing: ({ event }) => event === 'overview',
      mayGoOn: () => this.#gate.isGood(principal),
      onEnd: () => {
        this.#streams -= 1;
      },
    });
  }

  /** What links begin with. Headers that a proxy may have set are not believed: anybody can send them. */
  #urlOf({ path, search }: RequestTarget, { headers }: IncomingMessage): URL {
    const { publicUrl, host, port } = this.#options;
    if (publicUrl !== undefined) return new URL(`${publicUrl.replace(/\/$/, '')}${path}${search}`);
    const own = headers.host ?? `${host.includes(':') ? `[${host}]` : host}:${port}`;
    if (!/^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(own)) {
      throw badRequest('The Host header is not a host.', 'Host');
    }
    return new URL(`http://${own}${path}${search}`);
  }

  #record(
    action: string,
    { status, principal, details }: Recorded,
    { path }: RequestTarget,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    this.#options.ports?.audit?.record?.({
      action,
      requestId: String(response.getHeader(REQUEST_ID)),
      ...(details && { details }),
      ...(principal && { tokenId: principal.id, tokenName: principal.name, role: principal.role }),
      remoteAddress: addressOf(request),
      method: request.method ?? '',
      path,
      status,
    });
  }
}

/** What a route may be asked. Names of Azure's own are the same in any case, and others are passed over. */
function queryOf({ kind, query }: Route, params: URLSearchParams): Record<string, string> {
  // A field of a form that was left empty asks for nothing.
  if (kind === 'own') return Object.fromEntries([...params].filter(([, value]) => value !== ''));
  const names = Object.keys(query?.shape ?? {});
  return Object.fromEntries(
    [...params].flatMap(([name, value]) => {
      const known = names.find((each) => each.toLowerCase() === name.toLowerCase());
      return known === undefined ? [] : [[known, value]];
    }),
  );
}

function versionIn(params: URLSearchParams): string | undefined {
  return [...params].find(([name]) => name.toLowerCase() === 'api-version')?.[1];
}

function bodyOf({ bodyOptional }: Route, sent: unknown): unknown {
  if (sent !== undefined) return sent;
  if (bodyOptional) return {};
  throw badRequest('A body is needed.', 'body');
}

function starting(): RestError {
  return new RestError(503, 'ServerStarting', 'The relay is starting.', { headers: { 'Retry-After': '1' } });
}

function addressOf({ socket }: IncomingMessage): string {
  return remoteEndpoint(socket).address;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
