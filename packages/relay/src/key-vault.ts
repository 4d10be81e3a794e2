/**
 * The keys that nobody chose: generated once, kept in the data folder, the same after a restart.
 *
 * Keys that the configuration gives are not written here. Entries whose policy is gone stay, so that one that comes
 * back has its keys.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKey } from '@hybridge/sas';
import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.js';
import type { KeyPair } from './directory.js';
import type { RelayConfig } from './options.js';
import { RelayConfigError } from './relay-config-error.js';

const keyPair = z.object({ primaryKey: z.string().min(1), secondaryKey: z.string().min(1) });
const content = z.object({ version: z.literal(1), keys: z.record(z.string(), keyPair) });

const FILE_NAME = 'keys.json';

/** Bytes of randomness in a generated admin token. */
const TOKEN_BYTES = 32;

/** Generated keys, by the policy they belong to. */
export class KeyVault {
  readonly #path: string | undefined;
  readonly #keys: Map<string, KeyPair>;
  #dirty = false;

  private constructor(path: string | undefined, keys: Map<string, KeyPair>) {
    this.#path = path;
    this.#keys = keys;
  }

  /**
   * Opens the vault of a data folder; with no folder, one that forgets.
   * @throws RelayConfigError when the file is there and cannot be used: new keys in its place would lock everybody out.
   */
  static async open(dataDir: string | undefined): Promise<KeyVault> {
    const path = dataDir === undefined ? undefined : join(dataDir, FILE_NAME);
    return new KeyVault(path, path === undefined ? new Map() : await readKeys(path));
  }

  /** The keys of a policy, made at the first call. `save()` keeps them. */
  keysOf(namespace: string, hybridConnection: string | undefined, policy: string): KeyPair {
    const id = idOf(namespace, hybridConnection, policy);
    let keys = this.#keys.get(id);
    if (keys === undefined) {
      keys = { primaryKey: generateKey(), secondaryKey: generateKey() };
      this.#keys.set(id, keys);
      this.#dirty = true;
    }
    return keys;
  }

  /**
   * Takes new keys of a policy in place of made ones. A policy whose keys were all given is not in the vault, and is
   * not put there. `save()` keeps them.
   */
  replace(
    namespace: string,
    hybridConnection: string | undefined,
    policy: string,
    keys: Partial<KeyPair>,
  ): void {
    const id = idOf(namespace, hybridConnection, policy);
    const made = this.#keys.get(id);
    if (made === undefined) return;
    this.#keys.set(id, { ...made, ...keys });
    this.#dirty = true;
  }

  /** Writes what was made since the last time, and keeps what another process has written meanwhile. */
  async save(): Promise<void> {
    if (!this.#dirty || this.#path === undefined) return;
    const keys = Object.fromEntries([...(await readKeys(this.#path)), ...this.#keys]);
    const text = JSON.stringify({ version: 1, keys }, undefined, 2);
    await writeFileAtomically(this.#path, `${text}\n`);
    this.#dirty = false;
  }
}

function idOf(namespace: string, hybridConnection: string | undefined, policy: string): string {
  return JSON.stringify([namespace.toLowerCase(), hybridConnection?.toLowerCase() ?? null, policy]);
}

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

async function readKeys(path: string): Promise<Map<string, KeyPair>> {
  const text = await readIfThere(path);
  if (text === undefined) return new Map();
  const parsed = content.safeParse(jsonOrUndefined(text));
  if (!parsed.success)
    throw new RelayConfigError(`${path} is damaged: restore it, or delete it to get new keys`);
  return new Map(Object.entries(parsed.data.keys));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new RelayConfigError(`cannot read ${path} (${code})`, { cause });
  }
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
