/**
 * What can be asked of a running manager: a value for each method of each address.
 * @module
 */
import type { Answer, ServerEvent } from '@hybridge/service';
import type { z } from 'zod';

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
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Asked by another way it is not there. @defaultValue both */
  readonly only?: FrontName | undefined;
  readonly query?: z.ZodType | undefined;
  /** Absent: a body is not looked at. */
  readonly body?: z.ZodType | undefined;
  readonly handle: (call: ControlCall) => ControlAnswer | Promise<ControlAnswer>;
}

/** A route whose handler knows what its schemas make. */
export interface ControlRouteOf<Body extends z.ZodType, Query extends z.ZodType>
  extends Omit<ControlRoute, 'body' | 'query' | 'handle'> {
  readonly body?: Body;
  readonly query?: Query;
  readonly handle: (
    call: ControlCall<z.output<Body>, z.output<Query>>,
  ) => ControlAnswer | Promise<ControlAnswer>;
}

/** Makes a route; the compiler ties its handler to its schemas. */
export function route<Body extends z.ZodType, Query extends z.ZodType>(
  definition: ControlRouteOf<Body, Query>,
): ControlRoute {
  return definition as unknown as ControlRoute;
}
