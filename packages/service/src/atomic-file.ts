/**
 * Writes a file so that after a crash it is either the old one or the new one, whole.
 *
 * Temporary file, fsync, rename, fsync of the folder.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** For the owner only: these files hold keys. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** How a file is replaced. */
export interface AtomicFileOptions {
  /** @defaultValue 0600 */
  readonly mode?: number | undefined;
  /** Whom it is given to, where this process may. @defaultValue whoever runs this process */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Called when all is written and nothing replaced yet. What it throws leaves the file as it was. */
  readonly beforeReplacing?: (() => void | Promise<void>) | undefined;
}

/**
 * Replaces `path`, and makes its folder when it is not there.
 * @param content - whole, or in pieces that are asked for one after another
 */
export async function writeFileAtomically(
  path: string,
  content: string | Iterable<string>,
  { mode = FILE_MODE, owner, beforeReplacing }: AtomicFileOptions = {},
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', FILE_MODE);
    try {
      if (owner !== undefined) await file.chown(owner.uid, owner.gid);
      if (mode !== FILE_MODE) await file.chmod(mode);
      await writeFile(file, content);
      await file.sync();
    } finally {
      await file.close();
    }
    await beforeReplacing?.();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Without this the rename itself may be lost. Windows cannot open a folder, and needs no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
