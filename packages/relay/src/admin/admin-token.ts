/**
 * The token of the admin port: given, or made once and kept in a file.
 * @module
 */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeFileAtomically } from '@hybridge/service';
import type { RelayConfig } from '../config/options.js';
import { RelayConfigError } from '../config/relay-config-error.js';
import { readIfThere } from '../store/read-if-there.js';

/** Bytes of randomness in a generated token. */
const TOKEN_BYTES = 32;

/** The token of the admin port; `undefined` when there is no such port. */
export async function loadAdminToken({ admin, dataDir }: RelayConfig): Promise<string | undefined> {
  if (admin === undefined) return undefined;
  if (admin.token !== undefined) return admin.token;
  return loadOrMakeToken(admin.tokenFile ?? (dataDir && join(dataDir, 'admin.token')));
}

/** The token in a file, made when there is no such file; with no file, one that is forgotten. */
export async function loadOrMakeToken(path: string | undefined): Promise<string> {
  const kept = path === undefined ? undefined : (await readIfThere(path))?.trim();
  if (kept === '') throw new RelayConfigError(`${path} is empty`);
  if (kept !== undefined) return kept;
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  if (path !== undefined) await writeFileAtomically(path, `${token}\n`);
  return token;
}
