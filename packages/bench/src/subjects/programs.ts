/**
 * Ways made of a server program in the middle and two clients of it, each waited for by its port.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, Program } from '../program.js';
import { Scratch } from '../scratch.js';
import type { Route, Way } from './subject.js';

type Command = readonly [name: string, ...args: string[]];

/** The three programs, and the ports by which each shows that it is ready. */
export interface ThreePrograms {
  /** The server's. */
  readonly port: number;
  /** The first client's, where the way begins. */
  readonly entrance: number;
  /** One that the server opens for the last client, when it does. */
  readonly between?: number;
  readonly middle: (scratch: Scratch) => Command;
  /** @param port - what to dial: the server's port, or what leads to it. */
  readonly last: (scratch: Scratch, port: number) => Command;
  readonly first: (scratch: Scratch, port: number) => Command;
}

/** For a client that opens no port and tells nobody when it is ready. */
const SETTLING_MS = 1_500;

/** Starts the server, then the client in front of the target, then the application's. */
export async function startPrograms(route: Route, three: ThreePrograms): Promise<Way> {
  const scratch = new Scratch();
  const started: Program[] = [];
  const run = ([name, ...args]: Command) => {
    const program = new Program(findProgram(name)!, args);
    started.unshift(program);
    return program;
  };
  const stop = async () => {
    for (const program of started) await program.stop();
    scratch.remove();
  };
  try {
    const middle = run(three.middle(scratch));
    await middle.listening(three.port);
    const port = (await route.innerLeg?.(three.port)) ?? three.port;
    const last = run(three.last(scratch, port));
    if (three.between === undefined) await sleep(SETTLING_MS);
    else await last.listening(three.between);
    const first = run(three.first(scratch, port));
    await first.listening(three.entrance);
    return { port: three.entrance, hops: [first.pids, middle.pids, last.pids], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
