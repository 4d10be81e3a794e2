/**
 * Who is connected now: joined connections and listeners.
 * @module
 */
import { resourceNotFound } from '@hybridge/service';
import { z } from 'zod';
import { isSameName } from '../../model/names.js';
import type { ListenerStatus, RelayStatus, TunnelStatus } from '../../relay-status.js';
import { json, nothing, param, type Route, route } from '../route.js';
import { limit, SCOPE } from './scope.js';

const common = { kind: 'own', tag: 'Traffic' } as const;

/** Their routes. */
export const connectionRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: '/api/tunnels',
    role: 'reader',
    id: 'listTunnels',
    summary: 'Lists joined connections, newest first',
    query: z.strictObject({ ...SCOPE, limit: limit(200, 5_000) }),
    answers: { 200: 'How many there are, and the newest of them' },
    handle: async ({ relay, query }) => {
      const tunnels = within(await relay.status(), query, ({ tunnels: all }) => all);
      tunnels.sort((one, other) => time(other) - time(one));
      return json({ total: tunnels.length, tunnels: tunnels.slice(0, query.limit) });
    },
  }),
  route({
    ...common,
    method: 'DELETE',
    path: '/api/tunnels/{tunnel}',
    role: 'operator',
    id: 'cutTunnel',
    summary: 'Cuts a joined connection; both ends see a reset',
    answers: { 204: 'It is cut', 404: 'There is none of this id, or no more' },
    handle: async (call) => {
      if (await call.relay.cutTunnel(param(call, 'tunnel'))) return nothing();
      throw resourceNotFound('joined connection of this id');
    },
  }),
  route({
    ...common,
    method: 'GET',
    path: '/api/listeners',
    role: 'reader',
    id: 'listListeners',
    summary: 'Lists the listeners that are connected',
    query: z.strictObject(SCOPE),
    answers: { 200: 'All of them' },
    handle: async ({ relay, query }) =>
      json({ listeners: within(await relay.status(), query, ({ listeners }) => listeners) }),
  }),
];

interface Scope {
  readonly namespace?: string | undefined;
  readonly hybridConnection?: string | undefined;
}

type Of = RelayStatus['namespaces'][number]['hybridConnections'][number];

/** What the hybrid connections in a scope have, each with the names of where it is. */
function within<Item extends TunnelStatus | ListenerStatus>(
  status: RelayStatus,
  scope: Scope,
  itemsOf: (hybridConnection: Of) => readonly Item[],
) {
  return status.namespaces
    .filter(({ name }) => scope.namespace === undefined || isSameName(name, scope.namespace))
    .flatMap(({ name: namespace, hybridConnections }) =>
      hybridConnections
        .filter(
          ({ name }) => scope.hybridConnection === undefined || isSameName(name, scope.hybridConnection),
        )
        .flatMap((each) =>
          itemsOf(each).map((item) => ({ ...item, namespace, hybridConnection: each.name })),
        ),
    );
}

/** Those of workers have come as JSON. */
function time({ openedAt }: { readonly openedAt: Date | string }): number {
  return new Date(openedAt).getTime();
}
