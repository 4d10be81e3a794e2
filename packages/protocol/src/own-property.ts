/**
 * Records whose keys a peer has chosen.
 * @module
 */

/** Sets a property of the record's own, also one with the name `__proto__`, which an assignment would not make. */
export function setOwn<T>(record: Record<string, T>, name: string, value: T): void {
  if (name !== '__proto__') record[name] = value;
  else Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true });
}
