/**
 * For probes and for whoever collects figures: whether the relay is well, whether it should be sent anybody, metrics.
 * @module
 */
import { EXPOSITION_TYPE } from '@hybridge/service';
import { type Answer, json, type Route, route, type Surroundings } from '../route.js';
import { absent } from './observed.js';

const common = { kind: 'own', tag: 'Health' } as const;

/** @param publicMetrics - metrics are for anybody */
export function healthRoutes(publicMetrics: boolean): readonly Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      path: '/healthz',
      role: 'public',
      id: 'getHealth',
      summary: 'Whether the relay takes connections, and the names of what is wrong',
      answers: { 200: 'It does', 503: 'It does not: a process manager may start it again' },
      handle: ({ health, ports }) => {
        const status = health();
        const alarms = (ports.alarms?.current() ?? []).map(({ id }) => id);
        return json({ status, ...(alarms.length > 0 && { alarms }) }, isServing(status) ? 200 : 503);
      },
    }),
    route({
      ...common,
      method: 'GET',
      path: '/readyz',
      role: 'public',
      id: 'getReadiness',
      summary: 'Whether the relay should be sent new connections',
      answers: { 200: 'It should', 503: 'It starts or closes, or cannot keep what it is told' },
      handle: readiness,
    }),
    route({
      ...common,
      method: 'GET',
      path: '/metrics',
      role: publicMetrics ? 'public' : 'reader',
      id: 'getMetrics',
      summary: 'Metrics in the text format of Prometheus',
      answers: { 200: 'The metrics' },
      handle: async ({ ports }) => ({
        status: 200,
        headers: { 'Content-Type': EXPOSITION_TYPE },
        text: await (ports.metrics ?? absent('metrics')).text(),
      }),
    }),
  ];
}

function readiness({ health, ports }: Pick<Surroundings, 'health' | 'ports'>): Answer {
  const status = health();
  const why = isServing(status) ? ports.alarms?.notReady?.() : undefined;
  if (why !== undefined) return json({ status: 'not ready', reason: why }, 503);
  return json({ status }, isServing(status) ? 200 : 503);
}

function isServing(status: ReturnType<Surroundings['health']>): boolean {
  return status === 'ok' || status === 'degraded';
}
