/**
 * Names are the same in any case. Source: docs/protocol.md, section 1.4.
 * @module
 */

/** Names of a hybrid connection and its namespace. */
interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** Whether both stand for the same hybrid connection. */
export function isSamePlace(one: Named, other: Named): boolean {
  return isSameName(one.namespace, other.namespace) && isSameName(one.name, other.name);
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
