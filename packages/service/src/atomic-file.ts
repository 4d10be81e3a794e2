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

/**
 * Replaces `path`, mode 0600, and makes its folder when it is not there.
 * @param content - whole, or in pieces that are asked for one after another
 */
export async function writeFileAtomically(path: string, content: string | Iterable<string>): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', FILE_MODE);
    try {
      await writeFile(file, content);
      await file.sync();
    } finally {
      await file.close();
    }
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
