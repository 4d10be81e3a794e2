/**
 * Functions of Node's modules that are replaced, and put back.
 *
 * What replaces a function looks like it: name, number of parameters, own properties, among them those by which
 * `util.promisify` knows what to do. Named imports of ES modules follow both times.
 * @module
 */
import { syncBuiltinESMExports } from 'node:module';

/** Any function, with its `this`. */
// biome-ignore lint/suspicious/noExplicitAny: whatever it takes is passed on as it is.
export type AnyFunction = (this: any, ...args: any[]) => any;

interface Patch {
  readonly target: object;
  readonly name: string;
  readonly before: PropertyDescriptor;
  readonly replacement: AnyFunction;
}

/** A set of replaced functions. */
export class Patches {
  readonly #patches: Patch[] = [];

  /**
   * Replaces a function, unless there is none of that name in this version of Node.
   * @param wrap - makes the replacement out of the function that is there
   */
  replace(target: object, name: string, wrap: (original: AnyFunction) => AnyFunction): void {
    const before = Object.getOwnPropertyDescriptor(target, name);
    if (typeof before?.value !== 'function' || before.configurable !== true) return;
    const original: AnyFunction = before.value;
    const replacement = wrap(original);
    Object.defineProperties(replacement, ownProperties(original));
    Object.defineProperty(target, name, { ...before, value: replacement });
    this.#patches.push({ target, name, before, replacement });
  }

  /** Lets named imports see what was replaced since. */
  apply(): void {
    syncBuiltinESMExports();
  }

  /**
   * Puts everything back. What somebody else has replaced in the meantime stays theirs; what they call then is a
   * replacement of ours, which has to do no more than the original once nothing is to be redirected.
   */
  undo(): void {
    for (const { target, name, before, replacement } of this.#patches.splice(0).reverse()) {
      const now = Object.getOwnPropertyDescriptor(target, name);
      if (now?.value === replacement) Object.defineProperty(target, name, before);
    }
    syncBuiltinESMExports();
  }
}

function ownProperties(original: AnyFunction): PropertyDescriptorMap {
  const { prototype: _, ...own } = Object.getOwnPropertyDescriptors(original) as PropertyDescriptorMap;
  return own;
}
