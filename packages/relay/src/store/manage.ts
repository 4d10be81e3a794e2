/**
 * Makes the management of a relay from its configuration: opens the store, and puts the configuration over what it holds.
 * @module
 */
import { generateKey } from '@hybridge/sas';
import type { RelayConfig } from '../config/options.js';
import { Management, type ManagementOptions } from '../model/management.js';
import { restore } from './restore.js';

/** What it is made from. */
export interface ManageOptions extends Pick<ManagementOptions, 'onApplied' | 'onAlarm'> {
  readonly config: Pick<RelayConfig, 'dataDir' | 'namespaces'>;
  readonly now: () => number;
}

/** @throws RelayConfigError when the data folder cannot be used, or another relay uses it. */
export async function manage({ config, now, ...rest }: ManageOptions): Promise<Management> {
  const { dataDir, namespaces } = config;
  const restored = await restore({ dataDir, namespaces, now: now() });
  return new Management({ ...restored, now, newKey: generateKey, ...rest });
}
