/**
 * Methods that stay with an object whose prototype is exchanged.
 *
 * Express, and what is built like it, gives each request and response another prototype, which inherits from Node's
 * own classes and not from ours. What an object itself has comes before any prototype, and can still be replaced by
 * assignment, as middleware does with `write` and `end`.
 * @module
 */

/** The members of a class, as properties for its instances. */
export function lastingMethods(prototype: object): PropertyDescriptorMap {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(prototype) as PropertyDescriptorMap;
  return members;
}
