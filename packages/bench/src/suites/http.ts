/**
 * HTTP requests through the relay to a listener that answers by itself, beside reverse proxies before a plain server.
 * @module
 */
import { canInspectProcesses } from '@hybridge/conformance';
import { Asker, rate } from '../load/http-client.js';
import type { GroupPlan, Suite } from '../plan.js';
import { cpuSeconds } from '../processes.js';
import type { Sample } from '../results.js';
import { median } from '../statistics.js';
import type { HttpWay } from '../subjects/http.js';

/** How many ask at once. */
const AT_ONCE = 64;

const KINDS = [
  { method: 'GET', body: '', name: 'GET' },
  { method: 'POST', body: 'x'.repeat(200), name: 'POST of 200 bytes' },
] as const;

/** Requests a second, and how long one takes. */
export const http: Suite = {
  name: 'http',
  about: 'HTTP requests, 64 at a time and one at a time, beside reverse proxies',
  groups: ({ http: subjects }, { rounds, quick }) => {
    const ms = quick ? 500 : 1_500;
    const many: GroupPlan<HttpWay> = {
      title: `HTTP, ${AT_ONCE} at a time`,
      measures: [
        { key: 'rate', title: 'requests', unit: '1/s', better: 'more' },
        ...(canInspectProcesses
          ? ([
              { key: 'cpu', title: 'processor time of relay or proxy', unit: 'µs', better: 'less' },
              { key: 'cpu-service', title: 'processor time of the service', unit: 'µs', better: 'less' },
            ] as const)
          : []),
      ],
      subjects,
      rounds,
      cases: KINDS.map(({ method, body, name }) => ({
        name,
        seconds: ms / 1000,
        measure: (way) => measureRate(way, way.request(method, body), ms),
      })),
    };
    const single: GroupPlan<HttpWay> = {
      title: 'HTTP, one at a time',
      measures: [{ key: 'p50', title: 'request, p50', unit: 'µs', better: 'less' }],
      subjects,
      rounds,
      cases: KINDS.map(({ method, body, name }) => ({
        name,
        seconds: 0.5,
        measure: (way) => measureOne(way, way.request(method, body), quick ? 300 : 1_000),
      })),
    };
    return [many, single];
  },
};

async function measureRate(way: HttpWay, request: Buffer, ms: number): Promise<Sample> {
  const askers = await Promise.all(Array.from({ length: AT_ONCE }, () => Asker.open(way.port, request)));
  const cpu = () => (canInspectProcesses ? way.hops.map(cpuSeconds) : [0, 0, 0]);
  const before = cpu();
  const own = process.cpuUsage();
  const perSecond = await rate(askers, ms);
  const { user, system } = process.cpuUsage(own);
  const spent = cpu().map((seconds, i) => ((seconds - before[i]!) * 1e6) / (perSecond * (ms / 1000)));
  for (const asker of askers) asker.close();
  const load = (user + system) / 1000 / ms;
  return { rate: perSecond, cpu: spent[1]!, 'cpu-service': spent[2]!, 'generator-load': load };
}

async function measureOne(way: HttpWay, request: Buffer, count: number): Promise<Sample> {
  const asker = await Asker.open(way.port, request);
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const start = performance.now();
    await asker.ask();
    times.push((performance.now() - start) * 1000);
  }
  asker.close();
  return { p50: median(times) };
}
