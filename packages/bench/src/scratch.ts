/**
 * Temporary folders that are gone when this process is, however it ends short of SIGKILL.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.js';

/** A folder for configuration, keys and sockets that only this account can read. */
export class Scratch {
  readonly path = mkdtempSync(join(tmpdir(), 'hybridge-bench-'));
  readonly #staysBehind = atExit(() => this.#remove());

  /** Writes a file. @returns its path. */
  write(name: string, content: string): string {
    const path = join(this.path, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  remove(): void {
    this.#staysBehind();
    this.#remove();
  }

  #remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
