/**
 * The yardstick: three plain `net` pipes, the shape of a tunnel without a protocol.
 * @module
 */
import { type Script, startScript } from '../script.js';
import type { Route, Subject, Way } from './subject.js';

/** Three processes of `near.pipe(far).pipe(near)`. */
export const netPipes: Subject = {
  id: 'net-pipe',
  name: '3 × net pipe',
  about: 'three Node processes of `near.pipe(far).pipe(near)`',
  encrypted: false,
  ours: false,
  stretches: true,
  find: async () => ({ version: `Node ${process.versions.node}` }),
  start,
};

async function start({ targetPort, innerLeg = async (port) => port }: Route): Promise<Way> {
  const last = await startScript('pipe-hop', [String(targetPort)]);
  const middle = await startScript('pipe-hop', [String(await innerLeg(last.port))]);
  const first = await startScript('pipe-hop', [String(await innerLeg(middle.port))]);
  const hops: readonly Script[] = [first, middle, last];
  return {
    port: first.port,
    hops: [[first.pid], [middle.pid], [last.pid]],
    stop: async () => {
      for (const hop of hops) hop.stop();
    },
  };
}
