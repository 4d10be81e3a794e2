/**
 * How the audit log is kept, as it stands in the configuration, and what holds when it is not said.
 * @module
 */
import { resolve } from 'node:path';
import { z } from 'zod';

/** Where in the system's log records stand: facilities of syslog. */
const FACILITIES = [
  ...['auth', 'authpriv', 'daemon', 'user'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
] as const;

/** What goes to the system's log beside the files. */
export interface SystemLogSettings {
  /** `auth`, `authpriv`, `daemon`, `user`, `local0` to `local7`; Windows has none. @defaultValue authpriv */
  readonly facility?: string | undefined;
  /**
   * `important`: start and stop, registrations lost and refused, violations of the policy, changes of the configuration. `all`: each
   * connection as well, but on Windows, where a record costs a process.
   * @defaultValue all
   */
  readonly records?: 'important' | 'all' | undefined;
}

/** The `audit` of the settings. */
export interface AuditSettings {
  /** Whether records are written to files. @defaultValue true, where there is a folder for them */
  readonly enabled?: boolean | undefined;
  /** Folder of the files. @defaultValue `audit` in the data folder */
  readonly dir?: string | undefined;
  /** Bytes of a file, after which the next one is begun; so it is each day. @defaultValue 33_554_432 */
  readonly maxBytes?: number | undefined;
  /** Files that are kept. @defaultValue 32 */
  readonly maxFiles?: number | undefined;
  /** Days after which a file is removed. @defaultValue 90 */
  readonly maxAgeDays?: number | undefined;
  /**
   * The system's log as well: syslog, or the event log of Windows. `true` for all records.
   * @defaultValue the important ones, where records are written to files and the system has such a log
   */
  readonly syslog?: boolean | SystemLogSettings | undefined;
}

/** The same, checked. */
export interface AuditOptions {
  readonly enabled: boolean;
  /** Absolute; `undefined` for that in the data folder. */
  readonly dir: string | undefined;
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly maxAgeDays: number;
  /** `undefined`: not to the system's log. */
  readonly syslog: SystemLogOptions | undefined;
}

/** What goes to the system's log, and where it stands there. */
export interface SystemLogOptions {
  readonly facility: string;
  readonly records: 'important' | 'all';
  /** The configuration says so. What nobody asked for does without where there is none, and says nothing. */
  readonly isAsked: boolean;
}

/** The relay's own numbers, with files of 32 MiB a gibibyte. */
export const auditSettings = z.strictObject({
  enabled: z.boolean().default(true),
  dir: z.string().min(1).optional(),
  maxBytes: z.int().min(65_536).max(1_073_741_824).default(33_554_432),
  maxFiles: z.int().min(1).max(100_000).default(32),
  maxAgeDays: z.int().min(1).max(36_500).default(90),
  syslog: z
    .union([
      z.boolean(),
      z.strictObject({
        facility: z.enum(FACILITIES).default('authpriv'),
        records: z.enum(['important', 'all']).default('all'),
      }),
    ])
    .optional(),
}) satisfies z.ZodType<unknown, AuditSettings>;

/** What holds, from settings that were checked. @param directory - where relative paths start */
export function auditOptions(settings: z.output<typeof auditSettings>, directory: string): AuditOptions {
  const { dir, syslog, ...rest } = settings;
  return {
    ...rest,
    dir: dir === undefined ? undefined : resolve(directory, dir),
    syslog: systemLogOptions(syslog),
  };
}

function systemLogOptions(syslog: z.output<typeof auditSettings>['syslog']): SystemLogOptions | undefined {
  if (syslog === false) return undefined;
  if (syslog === undefined) return { facility: 'authpriv', records: 'important', isAsked: false };
  if (syslog === true) return { facility: 'authpriv', records: 'all', isAsked: true };
  return { ...syslog, isAsked: true };
}
