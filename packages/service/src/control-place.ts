/**
 * Where the control socket of a manager is: the place at which it listens, and where commands look for it.
 * @module
 */
import { createHash } from 'node:crypto';
import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';

/** What decides about it. */
export interface ControlPlaceOptions {
  /** As given on a command line. */
  readonly socket?: string | undefined;
  /** The manager's own folder. */
  readonly dataDir?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @defaultValue the one that this runs on */
  readonly platform?: NodeJS.Platform | undefined;
  /** The user's number. @defaultValue that of this process */
  readonly uid?: number | undefined;
}

/** A place, and whether somebody asked for just this one. */
export interface ControlPlace {
  /** A path; on Windows the name of a pipe. */
  readonly path: string;
  readonly isGiven: boolean;
}

/** The variable that says where it is. */
export const SOCKET_VARIABLE = 'HYBRIDGE_MANAGER_SOCKET';
const NAME = 'manager.sock';

/** Where a manager listens for commands. */
export function controlPlace(options: ControlPlaceOptions): ControlPlace {
  const given = givenPlace(options);
  return given === undefined ? { path: userPlace(options), isGiven: false } : { path: given, isGiven: true };
}

/** Where a command looks for a manager, in this order: the user's own first, then that of the system. */
export function controlPlaces(options: ControlPlaceOptions): readonly string[] {
  const given = givenPlace(options);
  if (given !== undefined) return [given];
  return [...new Set([userPlace(options), systemPlace(options)])];
}

function givenPlace({ socket, dataDir, env, platform = process.platform }: ControlPlaceOptions) {
  const text = socket ?? (env[SOCKET_VARIABLE]?.trim() || undefined);
  if (text !== undefined) return platform === 'win32' ? pipeOf(text) : resolve(text);
  if (dataDir === undefined) return undefined;
  // Pipes have names and no folders.
  return platform === 'win32'
    ? pipe(`-${shortHash(resolve(dataDir).toLowerCase())}`)
    : resolve(dataDir, NAME);
}

function userPlace(options: ControlPlaceOptions): string {
  const { env, platform = process.platform, uid = process.getuid?.() } = options;
  if (platform === 'win32') return pipe(`-${shortHash(userInfo().username.toLowerCase())}`);
  if (uid === 0) return systemPlace(options);
  const runtime = env.XDG_RUNTIME_DIR?.trim();
  return runtime ? join(runtime, 'hybridge', NAME) : join(env.HOME ?? homedir(), '.hybridge', NAME);
}

function systemPlace({ platform = process.platform }: ControlPlaceOptions): string {
  if (platform === 'win32') return pipe('');
  return join(platform === 'darwin' ? '/var/run' : '/run', 'hybridge', NAME);
}

function pipe(suffix: string): string {
  return `\\\\.\\pipe\\hybridge-manager${suffix}`;
}

function pipeOf(text: string): string {
  return text.startsWith('\\\\') ? text : `\\\\.\\pipe\\${text.replaceAll(/[\\/:]/g, '-')}`;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
