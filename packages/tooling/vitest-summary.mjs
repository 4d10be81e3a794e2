import { relative } from 'node:path';

/** More than these are not read. */
const MAX_LINES = 50;

/**
 * A vitest reporter that closes a run with what was skipped, and why where the test says so, and with one plain line:
 * `N passed, N failed, N skipped`.
 */
export default class Summary {
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const skipped = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        const isOver = state === 'passed' || state === 'failed';
        count[isOver ? state : 'skipped'] += 1;
        if (!isOver) skipped.push(skippedLine(relative('', module.moduleId), test.fullName, note));
      }
    }
    // Who runs a few tests by name has left out the others.
    if (skipped.length > 0 && skipped.length <= MAX_LINES) console.log(`\n${skipped.join('\n')}`);
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}

function skippedLine(file, name, note) {
  return `Skipped: ${file} > ${name}${note === undefined ? '' : `: ${note}`}`;
}
