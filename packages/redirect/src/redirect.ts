/**
 * Redirects the connections of this process, until that is undone.
 * @module
 */
import type { SecretSources } from '@hybridge/service';
import { loadRedirectConfig } from './config/config-file.js';
import { configOfConnections, configPlace } from './config/environment.js';
import { LiveRoutes, type LiveRoutesOptions } from './config/live-routes.js';
import { redirectConfig } from './config/redirect-config.js';
import type { RedirectSettings } from './config/settings.js';
import { intercept } from './in-process/interception.js';
import type { RouteTable } from './routes/route-table.js';

/** How a redirection behaves. */
export interface RedirectOptions extends Pick<LiveRoutesOptions, 'onProblem' | 'syncMs'> {
  /** What `file:` and `env:` are read against. @defaultValue the working directory and `process.env` */
  readonly sources?: SecretSources | undefined;
}

/** A redirection that is in force. */
export interface Redirection {
  /** What is redirected, and who wants to hear of changes. */
  readonly routes: RouteTable;
  /** Resolves once all endpoints are known that are not in the settings: relays and the app have answered, or failed to. Never rejects. */
  readonly ready: Promise<void>;
  /**
   * Puts Node's functions back; connections go where they went before. Those that are open stay, those that are being opened
   * still come.
   */
  undo(): void;
}

/**
 * Redirects connections of this thread from now on: in `net`, `tls`, `http`, `https`, `http2`, `fetch`, and whatever is built
 * on them. Endpoints in the settings are in force at once, those that a relay has to be asked for a moment later.
 * @throws RedirectConfigError when the settings cannot be used, in one line
 */
export function redirect(settings: RedirectSettings, options: RedirectOptions = {}): Redirection {
  const { sources, onProblem, syncMs } = options;
  return redirection(new LiveRoutes(redirectConfig(settings, sources), { onProblem, syncMs }));
}

/** Where {@link redirectFrom} finds its configuration. */
export interface RedirectSource extends Pick<LiveRoutesOptions, 'onProblem' | 'syncMs'> {
  /** A file in JSON or YAML. @defaultValue what the environment says: `HYBRIDGE_CONFIG`, `HYBRIDGE_CONNECTIONS` */
  readonly configFile?: string | undefined;
  /** @defaultValue `process.env` */
  readonly env?: SecretSources['env'] | undefined;
}

/**
 * The same by a file, which is followed while it is in force, or by the environment.
 * @throws RedirectConfigError when there is no configuration, or it cannot be used; in one line
 */
export async function redirectFrom(source: RedirectSource = {}): Promise<Redirection> {
  return redirection(await openRoutes(source));
}

/**
 * The routes of a configuration, for whoever redirects by other means. The caller closes them.
 * @throws RedirectConfigError
 */
export async function openRoutes(source: RedirectSource = {}): Promise<LiveRoutes> {
  const { configFile, env, onProblem, syncMs } = source;
  const sources = env === undefined ? {} : { env };
  const place = configFile === undefined ? configPlace(env) : { type: 'file' as const, path: configFile };
  if (place.type === 'connections') {
    return new LiveRoutes(configOfConnections(place.text, sources), { onProblem, syncMs });
  }
  const reload = () => loadRedirectConfig(place.path, sources);
  return new LiveRoutes(await reload(), { reload, onProblem, syncMs });
}

function redirection(live: LiveRoutes): Redirection {
  const stop = intercept(live.table);
  let isUndone = false;
  return {
    routes: live.table,
    ready: live.ready,
    undo: () => {
      if (isUndone) return;
      isUndone = true;
      stop();
      live.close();
    },
  };
}
