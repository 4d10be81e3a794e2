/**
 * What is compared: ways from a local port to the target, each through three processes.
 * @module
 */
import { ThreeProcesses } from '@hybridge/conformance';
import { type Script, startScript } from './script.js';

/** A way to the target, up and running. */
export interface Path {
  readonly name: string;
  /** The local port where it begins. */
  readonly port: number;
  /** Process ids of its three hops; the middle one is second. */
  readonly pids: readonly [number, number, number];
  stop(): Promise<void>;
}

/** The target, as a process of its own. */
export async function startTarget(): Promise<{ readonly port: number; stop(): void }> {
  return startScript('target', []);
}

/** Three plain `net` pipes: the shape of a tunnel without a protocol. */
export async function threePipes(targetPort: number): Promise<Path> {
  const hops: Script[] = [];
  for (let port = targetPort, i = 0; i < 3; i += 1, port = hops[0]!.port) {
    hops.unshift(await startScript('pipe-hop', [String(port)]));
  }
  return {
    name: '3 × net pipe',
    port: hops[0]!.port,
    pids: [hops[0]!.pid, hops[1]!.pid, hops[2]!.pid],
    stop: async () => {
      for (const hop of hops) hop.stop();
    },
  };
}

/** `hybridge forward`, `hybridge relay`, `hybridge manager`. */
export async function hybridge(targetPort: number): Promise<Path> {
  const three = await ThreeProcesses.start({ host: '127.0.0.1', port: targetPort });
  return {
    name: 'hybridge',
    port: three.port,
    pids: [three.forward.pid, three.relay.pid, three.manager.pid],
    stop: () => three.stop(),
  };
}
