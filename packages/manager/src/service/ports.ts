/**
 * What others know and the running manager serves: its audit log, its metrics, whether there is a newer version.
 * @module
 */
import type { AuditPage, UpdateNotice } from './api.js';

/** Which records of the audit log. */
export interface AuditSearch {
  /** 1 to 1,000. */
  readonly limit: number;
  /** {@link AuditPage.next} of the page before. */
  readonly before?: string | undefined;
  /** Id of a hybrid connection. */
  readonly connection?: string | undefined;
  /** An operation, or its beginning. */
  readonly operation?: string | undefined;
}

/** Something that was asked for and is more than a look. */
export interface ControlDeed {
  /** Method and address, such as `POST /api/connections/{id}/restart`. */
  readonly action: string;
  /** By which way. */
  readonly by: string;
  /** Id of the hybrid connection that it is about. */
  readonly connection?: string | undefined;
  /** What was answered: from 400 on it was refused. */
  readonly status: number;
}

/** Each may be absent; then its address says so. */
export interface ServicePorts {
  /** @throws RestError 400 for a place in the log that there is not */
  readonly audit?: ((search: AuditSearch) => Promise<AuditPage>) | undefined;
  /** Told of everything that was done, or tried. */
  readonly record?: ((deed: ControlDeed) => void) | undefined;
  /** In the text format of Prometheus. */
  readonly metrics?: (() => string) | undefined;
  /** What was heard last of newer versions. */
  readonly update?: (() => UpdateNotice | undefined) | undefined;
}
