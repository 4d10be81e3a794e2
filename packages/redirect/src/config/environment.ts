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
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type SecretSources, secretFile } from '@hybridge/service';
import { RedirectConfigError } from './config-error.js';
import { type RedirectConfig, redirectConfig } from './redirect-config.js';
import type { ConnectionSettings } from './settings.js';

/** The variables of an environment: `process.env`, or what stands for it. */
export type Variables = NonNullable<SecretSources['env']>;

/** Where the environment says that a configuration is. */
export type ConfigPlace =
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'connections'; readonly text: string };

/** Whether an environment says anything of a place. */
export function hasConfigPlace(env: Variables): boolean {
  return Boolean(env.HYBRIDGE_CONFIG?.trim() || env.HYBRIDGE_CONNECTIONS?.trim());
}

/** Finds the place. @throws RedirectConfigError when there is none, or two. */
export function configPlace(env: Variables = process.env): ConfigPlace {
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

/** What {@link absoluteConfigPlace} says of an environment. */
export interface PlaceVariables {
  HYBRIDGE_CONFIG?: string;
  HYBRIDGE_CONNECTIONS?: string;
}

/**
 * The variables that name the place, for processes that may have another working folder: with absolute paths.
 * @throws SecretError for a `file:` address of another machine
 */
export function absoluteConfigPlace({ HYBRIDGE_CONFIG, HYBRIDGE_CONNECTIONS }: Variables): PlaceVariables {
  const path = HYBRIDGE_CONFIG?.trim();
  const text = HYBRIDGE_CONNECTIONS?.trim();
  return {
    ...(path && { HYBRIDGE_CONFIG: resolve(path) }),
    ...(text && { HYBRIDGE_CONNECTIONS: entriesIn(text).map(withAbsolutePath).join(' ') }),
  };
}

/** As an address, which has no white space in it whatever the folder's name. */
function withAbsolutePath(entry: string): string {
  const [connectionString = '', ...endpoints] = entry.split('=>');
  if (!connectionString.startsWith('file:')) return entry;
  return [pathToFileURL(secretFile(connectionString)).href, ...endpoints].join('=>');
}

function connectionsIn(text: string): ConnectionSettings[] {
  return entriesIn(text).map((entry) => {
    const [connectionString = '', ...endpoints] = entry.split('=>');
    return endpoints.length === 0
      ? { connectionString }
      : { connectionString, endpoint: endpoints.join('=>') };
  });
}

function entriesIn(text: string): string[] {
  return text
    .trim()
    .replace(/\s*=>\s*/g, '=>')
    .split(/\s+/);
}
