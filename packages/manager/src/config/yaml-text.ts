/**
 * Text in YAML or JSON, as values of which nothing is known yet.
 * @module
 */
import { parseDocument } from 'yaml';
import { ManagerConfigError } from './config-error.js';

/**
 * Reads a text. The parser's own messages may quote it, and it may hold a key: only the place and the kind are passed on.
 * @throws ManagerConfigError in one line, with the place.
 */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const place = error.linePos?.[0];
    throw new ManagerConfigError(
      `is not YAML at line ${place?.line ?? 1}, column ${place?.col ?? 1} (${error.code})`,
    );
  }
  try {
    return document.toJS();
  } catch (error) {
    // The parser counts what aliases of aliases come to, and has no code for it.
    const isTooMuch = (error as Error).message.includes('alias count');
    const why = isTooMuch ? 'its aliases come to too much' : 'it refers to an anchor that is not there';
    throw new ManagerConfigError(`is not YAML that can be used: ${why}`);
  }
}
