/**
 * Where a manager's configuration is when nobody says so.
 * @module
 */
import { homedir } from 'node:os';
import { join, win32 } from 'node:path';

/** What decides about it. */
export interface ConfigPlaceOptions {
  /** The manager's own folder. */
  readonly dataDir?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @defaultValue the one that this runs on */
  readonly platform?: NodeJS.Platform | undefined;
  /** The user's number. @defaultValue that of this process */
  readonly uid?: number | undefined;
}

const NAME = 'manager.yaml';

/** The file: in the manager's own folder, or where the system has such files. It may not be there yet. */
export function configPlace(options: ConfigPlaceOptions): string {
  const { dataDir, env, platform = process.platform, uid = process.getuid?.() } = options;
  if (dataDir !== undefined) return join(dataDir, NAME);
  if (platform === 'win32') {
    const folder = env.APPDATA ?? win32.join(homedir(), 'AppData', 'Roaming');
    return win32.join(folder, 'Hybridge', NAME);
  }
  if (uid === 0) return join('/etc/hybridge', NAME);
  return join(env.XDG_CONFIG_HOME?.trim() || join(env.HOME ?? homedir(), '.config'), 'hybridge', NAME);
}
