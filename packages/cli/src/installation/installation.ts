/**
 * What makes a program a service of its machine: files to be written, commands to be run. Plain values, so that they can be shown before
 * anything is done, and looked at in tests for systems that they were not run on.
 * @module
 */
import type { ServicePlace, ServiceProgram } from './service-program.js';

/** What is to run, as whom, and from where. */
export interface InstallTarget extends ServicePlace {
  readonly program: ServiceProgram;
  /** A user of the system that it is to run as; `undefined` for the system's way. */
  readonly runAs: string | undefined;
  /** A group whose files it may read beside its own. */
  readonly group: string | undefined;
  /** It listens on a port below 1024. */
  readonly hasLowPort: boolean;
  /** The program that runs Node, absolute. */
  readonly node: string;
  /** The command `hybridge`, absolute. */
  readonly script: string;
  /** Where its configuration is to stay; `undefined` for its own folder. */
  readonly config: string | undefined;
  /** How long open connections may go on when it is stopped or restarted, in milliseconds. */
  readonly graceMs: number;
  /** How long it may stand still before it is ended and started again, in milliseconds; 0 for ever. */
  readonly watchdogMs: number;
  /** The user's home folder. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Stands in every file that is written, and tells them from those of others. */
export function markOf({ command }: ServiceProgram): string {
  return `Written by \`hybridge ${command} install\``;
}

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** A command of an installation. */
export interface Step {
  readonly command: Command;
  /** It fails where there is nothing to do. */
  readonly mayFail?: boolean;
}

/** Steps none of which may fail. */
export function steps(...commands: readonly Command[]): readonly Step[] {
  return commands.map((command) => ({ command }));
}

/** What an installation comes to. */
export interface Installation {
  /** What tells the files of this command from those of others. */
  readonly mark: string;
  /** The service, as the system wants it: written over when it is another one, and removed by `uninstall`. */
  readonly service: { readonly path: string; readonly text: string };
  /** Its own folder, for it alone: what it keeps, its audit log, and its configuration unless that stays elsewhere. */
  readonly dataDir: string;
  /** Where the system really has that folder, if elsewhere. */
  readonly privateDataDir?: string | undefined;
  /** The configuration, made when it is not there. */
  readonly config: string;
  /** Lets the system know of it, and start it by itself from now on. */
  readonly enable: readonly Step[];
  /** Starts it, unless it runs. */
  readonly start: readonly Step[];
  /** The same for one that was written anew: what runs is of the former. */
  readonly restart: readonly Step[];
  /** Stops it for good. */
  readonly disable: readonly Step[];
  /** What to do after that file is gone. */
  readonly afterwards: readonly Step[];
  /** Runs the commands only where this is there. */
  readonly needs?: string | undefined;
  /** For people: what else there is to know, one line each. */
  readonly notes: readonly string[];
}

/** More than the drain takes, in seconds: the connections that are left are cut, and what is left of the log is written. */
export function stopSeconds({ graceMs }: InstallTarget): number {
  return Math.ceil(graceMs / 1_000) + 10;
}

/** The arguments of `node`. @param dataDir - as the system is to read it */
export function serviceArguments(target: InstallTarget, dataDir: string): readonly string[] {
  const { program, script, config, graceMs, watchdogMs } = target;
  const own = ['--data-dir', dataDir, '--grace-ms', `${graceMs}`, '--watchdog-ms', `${watchdogMs}`, '--json'];
  return [script, program.command, 'run', ...(config === undefined ? [] : ['--config', config]), ...own];
}
