/**
 * Crowds of clients that do nothing but stay: as many control channels or tunnels as are wanted, held by processes of
 * their own.
 * @module
 */
import { type Script, startScript } from '../script.js';

/** What a crowd holds. */
export type CrowdKind = 'control channels' | 'tunnels';

/** A relay, as a crowd knows it. */
export interface CrowdPlace {
  readonly url: string;
  /** A policy `bench` with this key may do all. */
  readonly key: string;
  /** Its hybrid connections: enough for as many listeners as are wanted. */
  readonly names: readonly string[];
}

/** Clients in one process at most. Each has a descriptor, and some memory that a process can have too much of. */
const CLIENTS_PER_PROCESS = 5_000;

/** Source addresses of each process, in 127.0.0.x. */
const ADDRESSES = 4;

/** Opens a crowd. @returns what lets all of it go @throws Error when one of them does not open. */
export async function openCrowd(place: CrowdPlace, kind: CrowdKind, count: number): Promise<() => void> {
  const running: Script[] = [];
  let nextAddress = 2;
  const start = async (role: 'listen' | 'connect', total: number, most: number, names: readonly string[]) => {
    const sizes = Array.from({ length: Math.ceil(total / most) }, (_, i) => Math.min(most, total - i * most));
    await Promise.all(
      sizes.map(async (size) => {
        const from = nextAddress;
        nextAddress = from + ADDRESSES > 250 ? 2 : from + ADDRESSES;
        const where = `${from}-${from + ADDRESSES - 1}`;
        const script = await startScript('crowd', [role, `${size}`, place.url, where, place.key, ...names]);
        running.push(script);
      }),
    );
  };
  try {
    if (kind === 'control channels') {
      await start('listen', count, CLIENTS_PER_PROCESS, place.names);
    } else {
      // Which listener is asked is chance, so each of these processes gets about half of what it might hold.
      const [name] = place.names;
      await start('listen', 2 * Math.ceil(count / CLIENTS_PER_PROCESS), 1, [name!]);
      await start('connect', count, CLIENTS_PER_PROCESS, [name!]);
    }
  } catch (error) {
    for (const script of running) script.stop();
    throw error;
  }
  return () => {
    for (const script of running) script.stop();
  };
}
