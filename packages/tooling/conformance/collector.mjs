/**
 * A vitest reporter that keeps what the conformance suites came to, and the reasons for what was skipped.
 * @module
 */
import { relative } from 'node:path';

/** Collects one run. */
export class Collector {
  /** @type {import('./tables.mjs').Test[]} */
  tests = [];
  /** Titles and messages. @type {{ title: string, message: string }[]} */
  failures = [];
  /** @type {Set<string>} */
  skips = new Set();
  #folder;
  #onModule;

  /** @param {string} folder - of the tests @param {(file: string) => void} onModule - a file has ended */
  constructor(folder, onModule) {
    this.#folder = folder;
    this.#onModule = onModule;
  }

  /** The tests say on the console why they are skipped. */
  onUserConsoleLog({ content }) {
    for (const line of content.split('\n')) if (line.startsWith('Skipped: ')) this.skips.add(line);
  }

  onTestModuleEnd(module) {
    const file = relative(this.#folder, module.moduleId).replace(/\.test\.ts$/, '');
    for (const test of module.children.allTests()) {
      const { state, errors = [] } = test.result();
      const suites = suitesOf(test);
      this.tests.push({
        file,
        suites,
        title: test.name,
        state: state === 'passed' || state === 'failed' ? state : 'skipped',
      });
      if (state === 'failed') {
        const title = [file, ...suites, test.name].join(' > ');
        this.failures.push({ title, message: errors.map(({ message }) => message).join('\n') });
      }
    }
    this.#addErrors(file, module.errors());
    for (const suite of module.children.allSuites()) this.#addErrors(file, suite.errors());
    this.#onModule(file);
  }

  onTestRunEnd(_modules, unhandledErrors) {
    this.#addErrors('outside of tests', unhandledErrors);
  }

  #addErrors(title, errors) {
    for (const { message } of errors) this.failures.push({ title, message });
  }
}

function suitesOf(test) {
  const titles = [];
  for (let parent = test.parent; parent.type === 'suite'; parent = parent.parent) titles.unshift(parent.name);
  return titles;
}
