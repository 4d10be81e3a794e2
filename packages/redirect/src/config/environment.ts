/**
 * A configuration as the environment gives it: `HYBRIDGE_CONFIG` names a file, `HYBRIDGE_CONNECTIONS` has connection strings
 * themselves.
 *
 * Connection strings, or references to them, stand one after the other, with white space between them; each may be
 * followed by `=>host:port`, the endpoint, where the relay is not to be asked:
 *
 *     HYBRIDGE_CONNECTIONS='env:PAYROLL  file:/run/secrets/crm => crm.corp.example:443'
 * @module
 */
import type { SecretSources } from '@hybridge/service';
import { RedirectConfigError } from './config-error.js';
import { type RedirectConfig, redirectConfig } from './redirect-config.js';
import type { ConnectionSettings } from './settings.js';

/** Where the environment says that a configuration is. */
export type ConfigPlace =
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'connections'; readonly text: string };

/** Finds the place. @throws RedirectConfigError when there is none, or two. */
export function configPlace(env: SecretSources['env'] = process.env): ConfigPlace {
  const path = env.HYBRIDGE_CONFIG?.trim() || undefined;
  const text = env.HYBRIDGE_CONNECTIONS?.trim() || undefined;
  if (path !== undefined && text !== undefined) {
    throw new RedirectConfigError('HYBRIDGE_CONFIG and HYBRIDGE_CONNECTIONS are both set: unset one');
  }
  if (path !== undefined) return { type: 'file', path };
  if (text !== undefined) return { type: 'connections', text };
  throw new RedirectConfigError(
    'there is no configuration: set HYBRIDGE_CONFIG to the path of a file, or HYBRIDGE_CONNECTIONS to connection strings',
  );
}

/** Reads connection strings. @throws RedirectConfigError with the place: `HYBRIDGE_CONNECTIONS: connections[0] …` */
export function configOfConnections(text: string, sources: Pick<SecretSources, 'env'> = {}): RedirectConfig {
  try {
    return redirectConfig({ connections: connectionsIn(text) }, sources);
  } catch (error) {
    if (!(error instanceof RedirectConfigError)) throw error;
    throw new RedirectConfigError(`HYBRIDGE_CONNECTIONS: ${error.message}`, { cause: error.cause });
  }
}

function connectionsIn(text: string): ConnectionSettings[] {
  const entries = text
    .trim()
    .replace(/\s*=>\s*/g, '=>')
    .split(/\s+/);
  return entries.map((entry) => {
    const [connectionString = '', ...endpoints] = entry.split('=>');
    return endpoints.length === 0
      ? { connectionString }
      : { connectionString, endpoint: endpoints.join('=>') };
  });
}
