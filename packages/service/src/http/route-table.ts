/**
 * Finds the route of a request.
 *
 * Works on segments that are decoded already, one by one, so an encoded slash is part of a name and never of the address.
 * @module
 */

/** What is needed of a route to find it. */
export interface Routed {
  readonly method: string;
  /** With `{names}` for what varies. Other segments are the same in any case. */
  readonly path: string;
}

/** What an address leads to. */
export type RouteMatch<Route extends Routed> =
  | { readonly type: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  /** The address is there, and knows other methods. */
  | { readonly type: 'method'; readonly allowed: readonly Route['method'][] }
  | { readonly type: 'none' };

interface Step {
  /** Lower-case; `undefined` for a parameter. */
  readonly literal: string | undefined;
  readonly name: string;
}

interface Entry<Route> {
  readonly route: Route;
  readonly steps: readonly Step[];
}

/** All routes. */
export class RouteTable<Route extends Routed> {
  readonly routes: readonly Route[];
  /** By the number of segments. */
  readonly #entries = new Map<number, Entry<Route>[]>();

  constructor(routes: readonly Route[]) {
    this.routes = routes;
    for (const route of routes) {
      const steps = stepsOf(route.path);
      const same = this.#entries.get(steps.length) ?? [];
      same.push({ route, steps });
      this.#entries.set(steps.length, same);
    }
  }

  /** @param method - as it was sent, but `GET` for `HEAD` */
  match(method: string, segments: readonly string[]): RouteMatch<Route> {
    const here = (this.#entries.get(segments.length) ?? []).filter(({ steps }) => fits(steps, segments));
    const entry = here.find(({ route }) => route.method === method);
    if (entry !== undefined) {
      const named = entry.steps.flatMap(({ literal, name }, index) =>
        literal === undefined ? [[name, segments[index]!] as const] : [],
      );
      return { type: 'found', route: entry.route, params: Object.fromEntries(named) };
    }
    if (here.length === 0) return { type: 'none' };
    return { type: 'method', allowed: here.map(({ route }) => route.method) };
  }
}

function stepsOf(path: string): Step[] {
  return path
    .split('/')
    .slice(1)
    .map((segment) => {
      const [, name] = /^\{(\w+)\}$/.exec(segment) ?? [];
      return { literal: name === undefined ? segment.toLowerCase() : undefined, name: name ?? segment };
    });
}

function fits(steps: readonly Step[], segments: readonly string[]): boolean {
  return steps.every(({ literal }, index) =>
    literal === undefined ? segments[index] !== '' : segments[index]!.toLowerCase() === literal,
  );
}
