/**
 * Options that may be given several times.
 * @module
 */
import { InvalidArgumentError } from 'commander';

/** Collects texts. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Collects `name=value`. */
export function tags(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It is not name=value.');
  return { ...before, [name]: value! };
}
