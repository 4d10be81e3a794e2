/**
 * What must be gone when this process is: children, temporary folders. It is, however the process ends short of SIGKILL.
 * @module
 */
const steps = new Set<() => void>();

/** Has a step done when the process ends. @returns what takes that back. */
export function atExit(step: () => void): () => void {
  if (steps.size === 0) process.once('exit', run);
  steps.add(step);
  return () => {
    steps.delete(step);
    if (steps.size === 0) process.off('exit', run);
  };
}

function run(): void {
  for (const step of steps) step();
}
