/**
 * The note of a hybrid connection, with its target in an item `endpoint`.
 *
 * Source: docs/protocol.md, section 6.1.
 * @module
 */
import { UsageError } from '../usage-error.js';

/** The note with another target; other items stay. @throws UsageError when the note is free text */
export function withEndpoint(note: string | undefined, endpoint: string): string {
  const items = note === undefined ? [] : itemsIn(note);
  if (items === undefined) {
    throw new UsageError('its note is free text, which --endpoint would replace: give --user-metadata');
  }
  const others = items.filter(({ key }) => key.toLowerCase() !== 'endpoint');
  return JSON.stringify([{ key: 'endpoint', value: endpoint }, ...others]);
}

function itemsIn(note: string): { key: string }[] | undefined {
  try {
    const value: unknown = JSON.parse(note);
    const isList = Array.isArray(value) && value.every((item) => typeof item?.key === 'string');
    return isList ? value : undefined;
  } catch {
    return undefined;
  }
}
