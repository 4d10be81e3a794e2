/**
 * Ways whose hops are scripts of this package: a middle one that is started first, and two edges that dial it.
 * @module
 */
import { type Script, startScript } from '../script.js';
import type { Route, Way } from './subject.js';

/** A script and its arguments. */
export type Command = readonly [name: string, ...args: string[]];

/** The three scripts; the edges' arguments depend on the ports that they dial. */
export interface ThreeScripts {
  readonly middle: Command;
  readonly last: (middlePort: number, targetPort: number) => Command;
  readonly first: (middlePort: number) => Command;
}

/** Starts them: the middle, then the target's edge, then the application's. */
export async function startScripts(scripts: ThreeScripts, route: Route): Promise<Way> {
  const { targetPort, innerLeg = async (port) => port } = route;
  const started: Script[] = [];
  const run = async ([name, ...args]: Command) => {
    const script = await startScript(name, args);
    started.unshift(script);
    return script;
  };
  const stop = async () => {
    for (const script of started) script.stop();
  };
  try {
    const middle = await run(scripts.middle);
    const port = await innerLeg(middle.port);
    const last = await run(scripts.last(port, targetPort));
    const first = await run(scripts.first(port));
    return { port: first.port, hops: [[first.pid], [middle.pid], [last.pid]], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
