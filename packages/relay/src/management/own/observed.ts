/**
 * What metrics, the audit log and the keys' users say.
 *
 * Each is asked through its port. A relay that has none of it says so.
 * @module
 */
import { RestError, resourceNotFound } from '@hybridge/service';
import { z } from 'zod';
import { hybridConnectionNamed, namespaceNamed } from '../find.js';
import { json, type Route, route } from '../route.js';
import { limit, SCOPE, time } from './scope.js';

const common = { kind: 'own', method: 'GET', role: 'reader' } as const;

/** @throws RestError 501, always. @param what - that this relay does not have */
export function absent(what: string): never {
  throw new RestError(501, 'NotImplemented', `This relay has no ${what}.`);
}

/** Their routes. */
export const observedRoutes: readonly Route[] = [
  route({
    ...common,
    tag: 'Traffic',
    path: '/api/live',
    id: 'watch',
    summary: 'What happens, as it happens, as server-sent events: overview, changed, record',
    answers: { 200: 'Events without an end', 501: 'The relay does not tell', 503: 'As many watch as may' },
    handle: ({ ports: { live = absent('live events') } }) => ({
      status: 200,
      events: (send) => live.subscribe(send),
    }),
  }),
  route({
    ...common,
    tag: 'Traffic',
    path: '/api/closed',
    id: 'listClosed',
    summary: 'Lists the last connections that are over, newest first',
    query: z.strictObject({ ...SCOPE, limit: limit(100, 1_000) }),
    answers: { 200: 'Some of them' },
    handle: ({ query, ports: { closed = absent('memory of closed connections') } }) =>
      json({ closed: closed.list(query) }),
  }),
  route({
    ...common,
    tag: 'Metrics',
    path: '/api/series',
    id: 'getSeries',
    summary: 'How the metrics went, at even steps',
    query: z.strictObject({ ...SCOPE, minutes: limit(60, 1_440) }),
    answers: { 200: 'Values by the documented names of metrics' },
    handle: async ({ query, ports: { metrics = absent('metrics') } }) => json(await metrics.series(query)),
  }),
  route({
    ...common,
    tag: 'Metrics',
    path: '/api/metering',
    id: 'getMetering',
    summary: 'Listeners, listener-hours and bytes of each hybrid connection',
    answers: { 200: 'What was used since the relay began to count' },
    handle: async ({ ports: { metrics = absent('metrics') } }) => json(await metrics.metering()),
  }),
  route({
    ...common,
    tag: 'Audit',
    path: '/api/audit',
    id: 'listAudit',
    summary: 'Lists records of the audit log, newest first',
    query: z.strictObject({
      ...SCOPE,
      from: time.optional(),
      to: time.optional(),
      operation: z.string().max(256).optional(),
      policy: z.string().max(256).optional(),
      text: z.string().max(256).optional(),
      limit: limit(100, 1_000),
      before: z.string().max(256).optional(),
    }),
    answers: { 200: 'A page of records; `next` is the `before` of the page after it' },
    handle: async ({ query, ports: { audit = absent('audit log') } }) => json(await audit.query(query)),
  }),
  route({
    ...common,
    tag: 'Keys',
    path: '/api/key-use',
    id: 'getKeyUse',
    summary: 'Who uses which key of the policies of a hybrid connection',
    query: z.strictObject({ namespace: z.string().min(1), hybridConnection: z.string().min(1) }),
    answers: { 200: 'Policies, with the listeners, senders and apps at each key' },
    handle: async ({ relay, query, ports: { keyUse = absent('memory of who used a key') } }) => {
      const namespace = namespaceNamed(relay.model, query.namespace);
      const found = hybridConnectionNamed(namespace, query.hybridConnection);
      if (namespace === undefined || found === undefined) {
        throw resourceNotFound(
          `hybrid connection ${query.hybridConnection} in the namespace ${query.namespace}`,
        );
      }
      return json(await keyUse.report({ namespace: namespace.name, hybridConnection: found.name }));
    },
  }),
];
