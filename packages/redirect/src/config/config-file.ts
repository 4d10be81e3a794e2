/**
 * An application's configuration file, in JSON or YAML.
 *
 * What begins with a brace is JSON, which Node reads itself; anything else is YAML, for which the parser is loaded then.
 * @module
 */
import { dirname, resolve } from 'node:path';
import { readSmallFile, type SecretSources } from '@hybridge/service';
import { RedirectConfigError } from './config-error.js';
import { type RedirectConfig, redirectConfig } from './redirect-config.js';

/**
 * Reads a file. Relative paths in it start from its own folder.
 * @throws RedirectConfigError in one line, with the file and the place in it
 */
export async function loadRedirectConfig(
  path: string,
  sources: Pick<SecretSources, 'env'> = {},
): Promise<RedirectConfig> {
  try {
    const file = resolve(path);
    const text = read(file);
    const settings = /^\s*\{/.test(text) ? parseJson(text) : await parseYaml(text);
    return redirectConfig(settings, { ...sources, directory: dirname(file) }, file);
  } catch (error) {
    if (!(error instanceof RedirectConfigError)) throw error;
    throw new RedirectConfigError(`${path}: ${error.message}`, { cause: error.cause });
  }
}

function read(file: string): string {
  try {
    return readSmallFile(file);
  } catch (cause) {
    throw new RedirectConfigError(`cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

/** The parser's own message may quote the text, which may hold a key. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RedirectConfigError('begins with a brace and is not JSON');
  }
}

async function parseYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const place = error.linePos?.[0];
    throw new RedirectConfigError(
      `is not YAML at line ${place?.line ?? 1}, column ${place?.col ?? 1} (${error.code})`,
    );
  }
  try {
    return document.toJS();
  } catch (error) {
    // The parser counts what aliases of aliases come to, and has no code for it.
    const isTooMuch = (error as Error).message.includes('alias count');
    const why = isTooMuch ? 'its aliases come to too much' : 'it refers to an anchor that is not there';
    throw new RedirectConfigError(`is not YAML that can be used: ${why}`);
  }
}
