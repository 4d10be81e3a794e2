/**
 * A disk so small that it can be filled, for tests; where nothing can be mounted there is none.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk in memory. */
export class SmallDisk {
  /** Where it is mounted. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws Error where this process may not mount anything. */
  static mount(bytes: number): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), 'relay-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'pipe' });
    } catch (error) {
      rmSync(path, { recursive: true });
      throw error;
    }
    return new SmallDisk(path);
  }

  /** Why there can be none, or `undefined`. */
  static get obstacle(): string | undefined {
    try {
      SmallDisk.mount(65_536).unmount();
      return undefined;
    } catch (error) {
      return (
        String((error as Error).message)
          .trim()
          .split('\n')
          .at(-1) ?? 'mount failed'
      );
    }
  }

  /** Takes all that is left. */
  async fill(): Promise<void> {
    const file = await open(join(this.path, 'ballast'), 'w');
    const page = Buffer.alloc(4_096);
    try {
      for (;;) await file.write(page);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  /** Gives it back. */
  empty(): void {
    rmSync(join(this.path, 'ballast'), { force: true });
  }

  /** Makes it bigger. */
  resize(bytes: number): void {
    execFileSync('mount', ['-o', `remount,size=${bytes}`, this.path], { stdio: 'pipe' });
  }

  unmount(): void {
    execFileSync('umount', [this.path], { stdio: 'pipe' });
    rmSync(this.path, { recursive: true, force: true });
  }
}
