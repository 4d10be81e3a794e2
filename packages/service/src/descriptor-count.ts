/**
 * How many descriptors this process has open, and how many it may have.
 *
 * Source: proc(5). On Linux only; elsewhere there is no cheap way to count.
 * @module
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';

/** Descriptors of a process. */
export interface DescriptorCount {
  readonly open: number;
  /** How many it may have open: `ulimit -n`. */
  readonly limit: number;
  /** How often there was none left, where somebody looks after that. */
  readonly shortages?: number | undefined;
}

/** How many descriptors this process may have; `undefined` where the system does not tell. Node itself has raised that as far as it may. */
export function descriptorLimit(): number | undefined {
  try {
    const soft = /^Max open files +(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined || soft === 'unlimited' ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/** Linux 6.2 and later has their number as the size of the folder. @throws Node's own, also where none is left for the list */
export function openDescriptors(): number {
  const { size } = statSync('/proc/self/fd');
  return size > 0 ? size : readdirSync('/proc/self/fd').length;
}

/** Both; `undefined` where the system does not tell, or cannot just now. */
export function countDescriptors(): DescriptorCount | undefined {
  const limit = descriptorLimit();
  try {
    return limit === undefined ? undefined : { open: openDescriptors(), limit };
  } catch {
    return undefined;
  }
}
