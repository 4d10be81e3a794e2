/**
 * Child processes do not outlive the process that started them. Any child is killed when that one ends in whatever way
 * short of SIGKILL; one that runs Node can be tethered, and then ends by itself after SIGKILL, too.
 * @module
 */
import type { ChildProcess } from 'node:child_process';

/** Its standard input is a pipe from the parent, which ends when the parent does, however it ends. */
const END_WITH_STDIN =
  "process.stdin.on('end', () => process.exit()).on('error', () => process.exit()).resume().unref?.()";

/** Options of Node that tether a process. Its standard input has to be a pipe that nobody writes to. */
export const TETHER: readonly string[] = [
  '--import',
  `data:text/javascript,${encodeURIComponent(END_WITH_STDIN)}`,
];

const children = new Set<ChildProcess>();

/** Has the child killed when this process ends first. */
export function endWithThisProcess(child: ChildProcess): void {
  if (children.size === 0) {
    process.once('exit', killAll);
    process.once('SIGTERM', exit); // how vitest ends its workers; by itself it runs no 'exit' handlers
  }
  children.add(child);
  child.once('exit', () => {
    children.delete(child);
    if (children.size > 0) return;
    process.off('exit', killAll);
    process.off('SIGTERM', exit);
  });
}

function killAll(): void {
  for (const child of children) child.kill('SIGKILL');
}

/** As the signal itself would have it. */
function exit(): void {
  process.exit(143);
}
