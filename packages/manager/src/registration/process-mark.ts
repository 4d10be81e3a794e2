/**
 * Tells a process from another one that came to have its number.
 *
 * Source: proc(5) of Linux, `stat`, field 22 (start time in ticks since the machine was started), and `boot_id`.
 * @module
 */
import { readFileSync } from 'node:fs';

/** Of `stat`, counted from the one behind the name, which is the third. */
const START_FIELD = 22 - 3;

/** A word that no other process of this machine has. @returns `undefined` where the system does not tell, or there is no such process */
export function processMark(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of a program may have spaces and brackets of its own.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${fields[START_FIELD]}`;
  } catch {
    return undefined;
  }
}
