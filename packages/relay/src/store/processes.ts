/**
 * What a process can know of others on its machine.
 * @module
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The processes of a machine. */
export interface Processes {
  /** This one. */
  readonly pid: number;
  /** Names the machine, or the container. */
  readonly host: string;
  /** Whether there is a process of that number. */
  isThere(pid: number): boolean;
  /** When it was started, in a form that only compares; `undefined` where the system does not tell. */
  startOf(pid: number): string | undefined;
}

/** Those of this machine. */
export const systemProcesses: Processes = {
  pid: process.pid,
  host: hostname(),
  isThere(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // It is there, and somebody else's.
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  },
  startOf(pid) {
    try {
      // Clock ticks since the machine was started, and which start that was. Field 22: proc(5).
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
      return `${boot}/${fields[19]}`;
    } catch {
      return undefined;
    }
  },
};
