/**
 * The policy of now: read at the start, and again whenever its file is another one.
 * @module
 */
import { FileWatch } from '@hybridge/service';
import { type FoundPolicy, type PolicyFileOptions, policyPaths, readPolicy } from './policy-file.js';

/** Holds a policy, and watches its file once it is told to. */
export class PolicyWatch {
  readonly #options: PolicyFileOptions;
  #found: FoundPolicy;
  #watch: FileWatch | undefined;

  constructor(options: PolicyFileOptions = {}) {
    this.#options = options;
    this.#found = readPolicy(options);
  }

  /** What holds now, and where it stands. */
  get found(): FoundPolicy {
    return this.#found;
  }

  /** Reads it again. */
  reload(): void {
    this.#found = readPolicy(this.#options);
  }

  /** Reads it again whenever its file changes. */
  start(onChange: () => void, pollMs?: number): void {
    const paths = this.#options.paths ?? policyPaths();
    const changed = () => {
      this.reload();
      onChange();
    };
    this.#watch ??= new FileWatch(paths, { onChange: changed, pollMs });
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }
}
