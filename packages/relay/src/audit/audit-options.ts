/**
 * How the audit log is kept, and what holds when it is not said.
 * @module
 */

/** The audit log. */
export interface AuditOptions {
  /** Whether records are written to files. @defaultValue `true` where there is a folder for them */
  readonly enabled?: boolean;
  /** Folder of the files. @defaultValue `audit` in `dataDir` */
  readonly dir?: string;
  /** Bytes of a file, after which the next one is begun; so it is each day. @defaultValue 33_554_432 */
  readonly maxBytes?: number;
  /** Files that are kept. @defaultValue 32, with `maxBytes` a gibibyte */
  readonly maxFiles?: number;
  /** Days after which a file is removed. @defaultValue 90 */
  readonly maxAgeDays?: number;
  /** Whether HTTP requests are recorded, each when it is over. @defaultValue true */
  readonly requests?: boolean;
  /** Whether the steps on the way are recorded, too: messages to listeners, requests that begin. @defaultValue false */
  readonly steps?: boolean;
}

/** Every default of a number or a choice. */
export const AUDIT_DEFAULTS = {
  maxBytes: 33_554_432,
  maxFiles: 32,
  maxAgeDays: 90,
  requests: true,
  steps: false,
} as const;
