/**
 * What `@hybridge/redirect/register` costs connections that are not redirected.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import type { GroupPlan, Suite } from '../plan.js';
import type { Measure, Sample } from '../results.js';
import { type CallerWay, plainCaller, registeredCaller } from '../subjects/caller.js';

const MEASURES: readonly Measure[] = [
  { key: 'p50', title: 'time, p50', unit: 'µs', better: 'less' },
  { key: 'cpu', title: 'processor time for each', unit: 'µs', better: 'less' },
];

/** Connections and names of an application, with the redirection in its process and without. */
export const redirect: Suite = {
  name: 'redirect',
  about:
    'what an application pays for connections and names that are not redirected, with register and without',
  groups: ({ tcp }, { rounds, quick }) => {
    const count = quick ? 500 : 2_000;
    const group: GroupPlan<CallerWay> = {
      title: 'Not redirected',
      measures: MEASURES,
      // Whoever measures others alone has no interest in this.
      subjects: tcp.some(({ ours }) => ours) ? [plainCaller, registeredCaller] : [],
      // Differences of a microsecond need more rounds than most.
      rounds: quick ? rounds : Math.max(rounds, 10),
      cases: [
        {
          name: 'net.connect, address',
          seconds: count / 5_000,
          measure: (way) => ask(way, `connect 127.0.0.1 ${way.targetPort} ${count}`),
        },
        {
          name: 'net.connect, name',
          seconds: count / 3_000,
          measure: (way) => ask(way, `connect localhost ${way.targetPort} ${count}`),
        },
        {
          name: 'dns.lookup',
          seconds: count / 10_000,
          measure: (way) => ask(way, `lookup localhost ${count}`),
        },
      ],
    };
    return [group];
  },
};

async function ask({ port }: CallerWay, line: string): Promise<Sample> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  socket.write(`${line}\n`);
  const answer = await text(socket);
  socket.destroy();
  return JSON.parse(answer);
}
