/**
 * What is to survive a restart though losing a minute of it does no harm: metering and the use of keys.
 *
 * Written now and then as a whole, beside the state and not part of it; one that cannot be read is begun anew.
 *
 * Source: the requirement to meter listeners (docs/audit-and-metrics.md).
 * @module
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@hybridge/service';
import type { KeyUsage } from './key-use.js';

/** What a hybrid connection has used. */
export interface Usage {
  readonly namespace: string;
  readonly name: string;
  /** Milliseconds of all of its listeners together. */
  readonly listenerMs: number;
  /** In both directions. */
  readonly bytes: number;
}

/** What the file holds. */
export interface UsageState {
  readonly version: 1;
  /** Since when it is counted. ISO 8601. */
  readonly since: string;
  readonly hybridConnections: readonly Usage[];
  readonly keys: readonly KeyUsage[];
}

/** The file. */
export class UsageFile {
  readonly #path: string;

  /** @param dataDir - its folder */
  constructor(dataDir: string) {
    this.#path = join(dataDir, 'usage.json');
  }

  /** What was written last; `undefined`: nothing that can be read. */
  async load(): Promise<UsageState | undefined> {
    try {
      const value = JSON.parse(await readFile(this.#path, 'utf8')) as UsageState | null;
      const isOurs =
        value?.version === 1 && Array.isArray(value.hybridConnections) && Array.isArray(value.keys);
      return isOurs ? value : undefined;
    } catch {
      return undefined;
    }
  }

  /** Rejects with Node's own error. */
  async save(state: UsageState): Promise<void> {
    await writeFileAtomically(this.#path, `${JSON.stringify(state)}\n`);
  }
}
