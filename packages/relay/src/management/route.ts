/**
 * What can be asked of the admin port: one value for each method of each address.
 *
 * The same values lead a request to what answers it, check what it carries, say which role it takes, and are the
 * document at `/openapi.json`. They open no socket: an answer is a value, too.
 * @module
 */
import type { z } from 'zod';
import type { AdminPorts, AuditDetails, Live } from '../admin/ports.js';
import type { RelayLimits } from '../config/options.js';
import type { ManagedRelay } from '../model/managed-relay.js';
import type { Role } from '../model/model.js';

/** Methods that addresses here know. */
export type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';

/** Who asks. */
export interface Principal {
  /** Of the token; `admin` for the one of the configuration. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly expiresAt?: string | undefined;
}

/**
 * How a relay is, in one word. `degraded`: it takes connections, and some of its workers do not. `down`: none does.
 */
export type RelayHealth = 'ok' | 'degraded' | 'down' | 'starting' | 'closing';

/** What routes work with, beside the request. */
export interface Surroundings {
  readonly relay: ManagedRelay;
  readonly health: () => RelayHealth;
  readonly limits: Required<RelayLimits>;
  readonly ports: AdminPorts;
  /** Of this relay's program. */
  readonly version: string;
  readonly now: () => number;
}

/** One request, checked. */
export interface Call<Body = unknown, Query = unknown> extends Surroundings {
  /** Of the address, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly principal: Principal;
  /** What the client asked for, with the scheme and host that it used: what links to further pages begin with. */
  readonly url: URL;
}

/** What is answered. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; absent: there is no body. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`, with the `Content-Type` of `headers`. */
  readonly text?: string;
  /** Events without an end, in place of `body`. */
  readonly events?: Live['subscribe'];
  /** For the audit log, beside what the address says. */
  readonly noted?: AuditDetails;
}

/** Which part of the interface an address belongs to. */
export type RouteKind =
  /** In the shapes of Azure Resource Manager, with an `api-version`. */
  | 'arm'
  /** This relay's own. */
  | 'own';

/** What the document says of an answer. */
export interface AnswerNote {
  readonly description: string;
  readonly schema?: z.ZodType;
}

/** One method of one address. */
export interface Route {
  readonly method: Method;
  /** With `{names}` for what varies. Other segments are the same in any case. */
  readonly path: string;
  readonly kind: RouteKind;
  /** The least role that may. `public`: anybody, without a token. */
  readonly role: Role | 'public';
  /** Unique, such as `getNamespace`. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly query?: z.ZodObject | undefined;
  /** Absent: a body is not looked at. */
  readonly body?: z.ZodType | undefined;
  /** The body may be left out, which then is `{}`. */
  readonly bodyOptional?: boolean | undefined;
  /** The api-versions of `arm`. */
  readonly versions?: readonly string[] | undefined;
  readonly answers: Readonly<Record<number, string | AnswerNote>>;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

/** A {@link Route} whose handler knows what its schemas make. */
export interface RouteOf<Body extends z.ZodType, Query extends z.ZodObject>
  extends Omit<Route, 'body' | 'query' | 'handle'> {
  readonly body?: Body;
  readonly query?: Query;
  readonly handle: (call: Call<z.output<Body>, z.output<Query>>) => Answer | Promise<Answer>;
}

/** Makes a route; the compiler ties its handler to its schemas. */
export function route<Body extends z.ZodType, Query extends z.ZodObject>(
  definition: RouteOf<Body, Query>,
): Route {
  return definition as unknown as Route;
}

/** An answer in JSON. */
export function json(body: unknown, status = 200): Answer {
  return { status, body };
}

/** An answer without a body. */
export function nothing(status = 204): Answer {
  return { status };
}

/** The value of a part of the address. The route has it, or this is a mistake in the table. */
export function param(call: Pick<Call, 'params'>, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`The route has no parameter ${name}`);
  return value;
}
