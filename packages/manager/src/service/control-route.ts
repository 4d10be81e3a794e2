/**
 * What can be asked of a running manager: a value for each method of each address.
 * @module
 */
import type { Answer, InputSchema, ServerEvent } from '@hybridge/service';

/** By which way somebody asks. */
export type FrontName = 'socket' | 'browser';

/** One request, checked. */
export interface ControlCall<Body = unknown, Query = unknown> {
  /** Of the address, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Who asks, for the audit log. */
  readonly by: FrontName;
}

/** What is answered; with `events`, those instead of a body. */
export interface ControlAnswer extends Answer {
  readonly events?: ControlEvents | undefined;
}

/** Begins to send; `end` ends the stream. @returns what stops it */
export type ControlEvents = (send: (event: ServerEvent) => void, end: () => void) => () => void;

/** One method of one address. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Asked by another way it is not there. @defaultValue both */
  readonly only?: FrontName | undefined;
  readonly query?: InputSchema<unknown> | undefined;
  /** Absent: a body is not looked at. */
  readonly body?: InputSchema<unknown> | undefined;
  readonly handle: (call: ControlCall) => ControlAnswer | Promise<ControlAnswer>;
}

/** A route whose handler knows what its schemas make. */
export interface ControlRouteOf<Body, Query> extends Omit<ControlRoute, 'body' | 'query' | 'handle'> {
  readonly body?: InputSchema<Body>;
  readonly query?: InputSchema<Query>;
  readonly handle: (call: ControlCall<Body, Query>) => ControlAnswer | Promise<ControlAnswer>;
}

/** Makes a route; the compiler ties its handler to its schemas. */
export function route<Body, Query>(definition: ControlRouteOf<Body, Query>): ControlRoute {
  return definition as unknown as ControlRoute;
}
