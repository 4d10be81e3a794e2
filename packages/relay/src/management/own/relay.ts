/**
 * The relay itself: who is signed in to what, all that it is doing, and keys given to apps.
 * @module
 */

import { MAX_AUTHORIZATION_RULES, MAX_HYBRID_CONNECTIONS_PER_NAMESPACE } from '@hybridge/protocol';
import { resourceNotFound } from '@hybridge/service';
import { z } from 'zod';
import { isSameName } from '../../model/names.js';
import { DEFAULT_LABELS } from '../../model/resources.js';
import { json, type Route, route, type Surroundings } from '../route.js';
import { rekeyed } from './inventory.js';

const common = { kind: 'own', tag: 'Relay' } as const;

/** The limits that use is measured against. */
function shown(limits: Surroundings['limits']): object {
  const { listenersPerHybridConnection, connectionsPerNamespace, pendingPerNamespace } = limits;
  return {
    ...{ listenersPerHybridConnection, connectionsPerNamespace, pendingPerNamespace },
    hybridConnectionsPerNamespace: MAX_HYBRID_CONNECTIONS_PER_NAMESPACE,
    authorizationRules: MAX_AUTHORIZATION_RULES,
  };
}

/** Their routes. */
export const relayRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: '/api/session',
    role: 'reader',
    id: 'getSession',
    summary: 'Whose token this is, and which relay',
    answers: { 200: 'Both' },
    handle: async ({ relay, principal, version, ports, limits }) => {
      const { url, startedAt, uptimeMs, ...rest } = await relay.status();
      const { id, name, role, expiresAt } = principal;
      return json({
        token: { id, name, role, ...(expiresAt && { expiresAt }) },
        relay: {
          ...{ version, url, startedAt, uptimeMs },
          ...('workers' in rest && Array.isArray(rest.workers) && { workers: rest.workers.length }),
        },
        labels: DEFAULT_LABELS,
        limits: shown(limits),
        alarms: ports.alarms?.current() ?? [],
      });
    },
  }),
  route({
    ...common,
    method: 'GET',
    path: '/api/status',
    role: 'reader',
    id: 'getStatus',
    summary: 'Everything that the relay is doing, at once',
    answers: { 200: 'Listeners and joined connections of all hybrid connections' },
    handle: async ({ relay }) => json(await relay.status()),
  }),
  route({
    ...common,
    tag: 'Keys',
    method: 'POST',
    path: '/api/sync-keys',
    role: 'operator',
    id: 'syncKeys',
    summary: 'Gives apps the key that their policy has now',
    body: z.strictObject({
      namespace: z.string().min(1),
      hybridConnection: z.string().min(1),
      key: z.enum(['primary', 'secondary']).optional(),
      apps: z
        .array(
          z.union(
            [z.string().min(1), z.strictObject({ subscription: z.string().min(1), app: z.string().min(1) })],
            { error: 'must be the name of an app, or an object with subscription and app' },
          ),
        )
        .max(1_000)
        .optional(),
    }),
    answers: { 200: 'Names of the apps whose key is another now' },
    handle: async ({ relay, body: { namespace, hybridConnection, key, apps } }) => {
      const before = relay.model;
      const wanted = apps?.flatMap((each) => {
        if (typeof each !== 'string') return [each];
        const same = before.apps.filter(({ name }) => isSameName(name, each));
        if (same.length === 0) throw resourceNotFound(`app ${each}`);
        return same.map(({ subscription, name: app }) => ({ subscription, app }));
      });
      const after = await relay.change({
        type: 'sync-keys',
        ...{ namespace, hybridConnection },
        ...(key && { key }),
        ...(wanted && { apps: wanted }),
      });
      const updated = rekeyed(before, after, { namespace, hybridConnection });
      const noted = { namespace, hybridConnection, key: key ?? 'primary', apps: updated.join(', ') };
      return { ...json({ updated }), noted };
    },
  }),
];
