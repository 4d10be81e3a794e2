/**
 * Child processes do not outlive the test process that started them, however it ends short of SIGKILL.
 * @module
 */
import type { ChildProcess } from 'node:child_process';

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
