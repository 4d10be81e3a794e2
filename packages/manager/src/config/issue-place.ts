/**
 * Where in the settings something is wrong, as a person would point at it.
 * @module
 */

/** `connections[0].name: `; nothing for the settings as a whole. */
export function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return place === '' ? '' : `${place.replace(/^\./, '')}: `;
}
