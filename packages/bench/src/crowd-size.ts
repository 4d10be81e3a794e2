/**
 * How large a crowd this machine lets a relay have: its processes may open so many descriptors and no more. Node has
 * raised its own limit as far as it may before anything here runs.
 * @module
 */
import { readFileSync } from 'node:fs';
import type { CrowdKind } from './load/crowd.js';

/** What a relay has open besides connections. */
const OWN = 100;

/** Descriptors of the relay for each. */
const EACH: Readonly<Record<CrowdKind, number>> = { 'control channels': 1, tunnels: 2 };

/** A size, and why it is not what was wanted. */
export interface CrowdSize {
  readonly count: number;
  readonly note?: string;
}

/**
 * As many as are wanted, or as one process can hold: those who hold more in several processes would not compare.
 * @param limit - descriptors of a process; `undefined`: as many as it likes
 */
export function crowdSize(kind: CrowdKind, wanted: number, limit: number | undefined): CrowdSize {
  if (limit === undefined) return { count: wanted };
  const most = Math.floor((limit - OWN) / EACH[kind]);
  if (wanted <= most) return { count: wanted };
  const count = most > 1_000 ? most - (most % 100) : Math.max(1, most);
  const takes = EACH[kind] === 1 ? 'takes one' : `takes ${EACH[kind]}`;
  return {
    count,
    note:
      `${grouped(count)} ${kind} instead of ${grouped(wanted)}: a process may have ${limit} descriptors here ` +
      `(\`ulimit -n\`), and each ${takes}.`,
  };
}

/** `ulimit -n` of this process, which those that it starts have, too; `undefined` where it cannot be told. */
export function descriptorLimit(): number | undefined {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}

/** 10000 as 10,000. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
