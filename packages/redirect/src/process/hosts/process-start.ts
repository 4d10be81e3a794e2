/**
 * Whether the process that left something behind is still there.
 * @module
 */
import { readFileSync } from 'node:fs';
import type { BlockOwner } from './hosts-block.js';

/** This process, as the owner of a block. */
export function thisProcess(): BlockOwner {
  return { pid: process.pid, start: startOf(process.pid) ?? UNKNOWN };
}

/** Tells whether an owner still runs. Where a start cannot be known, any process of that id counts as it. */
export function isRunning({ pid, start }: BlockOwner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const actual = startOf(pid);
  return actual === undefined || start === UNKNOWN || actual === start;
}

const UNKNOWN = 'unknown';

/**
 * In ticks since the machine was started, with its boot: an id is used again sooner after a restart than one would think.
 * Source: proc(5), `/proc/pid/stat` field 22.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, with anything in it.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return ticks === undefined ? undefined : `${boot}-${ticks}`;
  } catch {
    return undefined; // no such process, or no /proc
  }
}
