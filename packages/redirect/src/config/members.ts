/**
 * Reads an object of which nothing is known yet, member by member. A member that nobody asked for is refused.
 * @module
 */
import { RedirectConfigError } from './config-error.js';

/** An object's members. */
export class Members {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #place: string;
  readonly #known = new Set<string>();

  /** @param place - where it stands in the configuration; empty for the whole */
  constructor(value: unknown, place: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new RedirectConfigError(`${place === '' ? 'the configuration' : place} must be an object`);
    }
    this.#object = value as Readonly<Record<string, unknown>>;
    this.#place = place;
  }

  /** A member's place. */
  place(name: string): string {
    return this.#place === '' ? name : `${this.#place}.${name}`;
  }

  /** The value, whatever it is. */
  any(name: string): unknown {
    this.#known.add(name);
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? undefined) : undefined;
  }

  /** A text that is not empty. */
  text(name: string): string | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
    throw this.#wrong(name, 'a text');
  }

  /** The same where it must be. */
  needed(name: string, what: string): string {
    const value = this.text(name);
    if (value !== undefined) return value;
    throw new RedirectConfigError(`${this.place(name)} is missing: ${what}`);
  }

  flag(name: string): boolean | undefined {
    const value = this.any(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.#wrong(name, 'true or false');
  }

  /** A whole number. */
  number(name: string, least: number, most: number): number | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw this.#wrong(name, `a whole number from ${least} to ${most}`);
  }

  list(name: string, most: number): readonly unknown[] | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list');
    if (value.length > most)
      throw new RedirectConfigError(`${this.place(name)} has more than ${most} entries`);
    return value;
  }

  /** @throws RedirectConfigError for a member that nobody has asked for. */
  finish(): void {
    const unknown = Object.keys(this.#object).find((name) => !this.#known.has(name));
    if (unknown === undefined) return;
    const known = [...this.#known].join(', ');
    throw new RedirectConfigError(`${this.place(shortened(unknown))} is not known; there are: ${known}`);
  }

  #wrong(name: string, what: string): RedirectConfigError {
    return new RedirectConfigError(`${this.place(name)} must be ${what}`);
  }
}

/** A name may be anything, a key put in the wrong place among it. */
function shortened(name: string): string {
  return /^[\w-]{1,40}$/.test(name) ? name : 'a member';
}
