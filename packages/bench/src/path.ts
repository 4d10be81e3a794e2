/**
 * What is compared: ways from a local port to the target, each through three processes.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ThreeProcesses } from '@hybridge/conformance';

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
  const { child, port } = await startScript('target', []);
  return { port, stop: () => child.kill() };
}

/** Three plain `net` pipes: the shape of a tunnel without a protocol. */
export async function threePipes(targetPort: number): Promise<Path> {
  const hops: Array<{ child: ChildProcess; port: number }> = [];
  for (let port = targetPort, i = 0; i < 3; i += 1, port = hops[0]!.port) {
    hops.unshift(await startScript('pipe-hop', [String(port)]));
  }
  return {
    name: '3 × net pipe',
    port: hops[0]!.port,
    pids: [hops[0]!.child.pid!, hops[1]!.child.pid!, hops[2]!.child.pid!],
    stop: async () => {
      for (const { child } of hops) child.kill();
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

async function startScript(
  name: string,
  args: readonly string[],
): Promise<{ child: ChildProcess; port: number }> {
  const script = fileURLToPath(new URL(`./${name}-process.js`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout! })) {
    const port = /^ready (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return { child, port: Number(port) };
  }
  throw new Error(`${name} ended before it was ready`);
}
