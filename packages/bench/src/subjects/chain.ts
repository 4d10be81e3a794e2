/**
 * Three hops of one program, each with a configuration of its own, started from the target backwards.
 * @module
 */
import { freePort } from '@hybridge/conformance';
import type { Program } from '../program.js';
import { Scratch } from '../scratch.js';
import type { Route, Way } from './subject.js';

/** One hop to be started. */
export interface HopPlace {
  /** Its position, which is also the name for its files. */
  readonly name: 'first' | 'middle' | 'last';
  /** The port that it is to serve. */
  readonly port: number;
  /** The port that it is to dial. */
  readonly next: number;
  readonly scratch: Scratch;
}

/** Starts three hops; `launch` says how one is started. */
export async function startChain(route: Route, launch: (place: HopPlace) => Program): Promise<Way> {
  const scratch = new Scratch();
  const programs: Program[] = [];
  const stop = async () => {
    await Promise.all(programs.map((program) => program.stop()));
    scratch.remove();
  };
  try {
    let next = route.targetPort;
    for (const name of ['last', 'middle', 'first'] as const) {
      const port = await freePort();
      const program = launch({ name, port, next, scratch });
      programs.unshift(program);
      await program.listening(port);
      next = name === 'first' ? port : ((await route.innerLeg?.(port)) ?? port);
    }
    const [first, middle, last] = programs;
    return { port: next, hops: [first!.pids, middle!.pids, last!.pids], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
