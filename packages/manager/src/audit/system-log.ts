/**
 * The log of the operating system, by the system's own tools: `logger` for syslog and the journal, `eventcreate` for the event log of
 * Windows. Node itself reaches neither.
 * @module
 */
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Severity } from './audit-record.js';
import type { SystemLogOptions } from './audit-settings.js';
import { EventLog } from './event-log.js';
import { SyslogProcess } from './syslog-process.js';

/** A place in the system's log. */
export interface SystemLog {
  /** Records that it did not take. */
  readonly lost: number;
  /** Writes one line. Never throws, never waits. */
  write(severity: Severity, line: string): void;
  /** Writes what is left, as far as that goes within a moment. */
  close(): Promise<void>;
}

/** Where syslog takes what programs write; macOS has its own way behind the same command. */
const SOCKETS = ['/dev/log', '/var/run/syslog', '/var/run/log'];

/** The one of this machine; `undefined` where there is none. */
export function openSystemLog(
  { facility, isAsked }: SystemLogOptions,
  onProblem: (message: string) => void,
): SystemLog | undefined {
  if (process.platform === 'win32') return new EventLog({ onProblem });
  const hasSocket = process.platform === 'darwin' || SOCKETS.some(isSocket);
  const command = onPath('logger');
  if (hasSocket && command !== undefined) return new SyslogProcess({ command, facility, onProblem });
  if (isAsked) {
    onProblem(
      `The audit log does not go to syslog: ${hasSocket ? 'there is no command logger here' : 'there is none here'}`,
    );
  }
  return undefined;
}

/** A folder of that name is where a journal may be. */
function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

function onPath(command: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
}
