/**
 * Notices that files are other ones, for configuration and policy that take effect while the manager runs.
 *
 * The system tells of changes in a folder, which is quick; but not everywhere (network drives, folders that come later). So the
 * files are also looked at now and then. What counts is that a file is another one than before, not that something happened.
 * @module
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** What is watched, and how. */
export interface FileWatchOptions {
  /** Called once things have been quiet for a moment. */
  readonly onChange: () => void;
  /** How often to look, in milliseconds. @defaultValue 5_000 */
  readonly pollMs?: number | undefined;
  /** How long a file has to rest, in milliseconds, since editors write in several steps. @defaultValue 200 */
  readonly quietMs?: number | undefined;
}

/** Watches files, of which some may not be there. Keeps no process alive. */
export class FileWatch {
  readonly #options: Required<FileWatchOptions>;
  readonly #folders = new Map<string, FSWatcher>();
  readonly #poll: NodeJS.Timeout;
  #seen = new Map<string, string>();
  #quiet: NodeJS.Timeout | undefined;

  constructor(paths: readonly string[], { onChange, pollMs = 5_000, quietMs = 200 }: FileWatchOptions) {
    this.#options = { onChange, pollMs, quietMs };
    this.#poll = setInterval(() => this.#look(), pollMs).unref();
    this.watch(paths);
  }

  /** Watches these from now on, as they are now. */
  watch(paths: readonly string[]): void {
    this.#seen = new Map(paths.map((path) => [path, signatureOf(path)]));
    // What was about to be told is known to whoever says this.
    clearTimeout(this.#quiet);
    const folders = new Set(paths.map((path) => dirname(path)));
    for (const [folder, watcher] of this.#folders) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) this.#listenTo(folder);
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#quiet);
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #listenTo(folder: string): void {
    if (this.#folders.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        const isOurs = [...this.#seen.keys()].some(
          (path) => dirname(path) === folder && basename(path) === name,
        );
        if (name === null || isOurs) this.#look();
      });
      // Looking now and then goes on.
      watcher.on('error', () => {
        watcher.close();
        this.#folders.delete(folder);
      });
      this.#folders.set(folder, watcher);
    } catch {
      // The folder is not there, or cannot be watched.
    }
  }

  #look(): void {
    let isChanged = false;
    for (const [path, before] of this.#seen) {
      const now = signatureOf(path);
      if (now === before) continue;
      isChanged = true;
      this.#seen.set(path, now);
      this.#listenTo(dirname(path));
    }
    if (!isChanged) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#settled(), this.#options.quietMs).unref();
  }

  /** What is still being written has another size or time by now. */
  #settled(): void {
    const isResting = [...this.#seen].every(([path, before]) => signatureOf(path) === before);
    if (isResting) this.#options.onChange();
    else this.#look();
  }
}

/** Changes with the file's content, its place on the disk, its owner and its rights. */
function signatureOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mode, uid } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs, mode, uid].join();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'gone';
  }
}
