/**
 * What Linux knows about a process: its memory and its open descriptors.
 *
 * Source: proc(5). Elsewhere there is no `/proc`, and the tests that need it are skipped.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Whether this machine can tell. */
export const canInspectProcesses = existsSync('/proc/self/status');

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`Process ${pid} has no resident memory: it has ended`);
  return Number(kibibytes) * 1024;
}

/** How many files and sockets a process has open. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
