/**
 * What Linux counts for other processes: processor time and the most memory that they had.
 *
 * Source: proc(5). Elsewhere there is no `/proc`, and what needs it is not measured.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that processes have used so far, their own and the kernel's for them. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, the second field, may itself contain spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The most resident memory, in MiB, that processes have had since {@link forgetPeak}, or since they started. */
export function peakMebibytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return sum + Number(peak ?? 0) / 1024;
  }, 0);
}

/** Has the kernel measure the peak anew; where this account may not, it stays that of the process's life. */
export function forgetPeak(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // Processes of other accounts, sshd's for example.
    }
  }
}
