/**
 * The secrets of a configuration: references to them are followed, and where they led is remembered.
 * @module
 */
import { isOpenToOthers, type ResolvedSecret, resolveSecret, type SecretSources } from '@hybridge/service';
import { at } from './config-error.js';

/** Follows references, and remembers where they led. */
export class Secrets {
  readonly sources: SecretSources;
  readonly files: string[] = [];
  #isInText = false;
  readonly #secret: string[] = [];

  constructor(sources: SecretSources) {
    this.sources = sources;
  }

  /** @throws RedirectConfigError with the place */
  resolve(text: string, place: string): string {
    const secret = at(place, () => resolveSecret(text, this.sources));
    this.#note(secret);
    return secret.value;
  }

  /** Those with a secret in them that others than their owner may read. @param path - the configuration itself */
  openFiles(path: string | undefined): string[] {
    const files = [...this.#secret, ...(path !== undefined && this.#isInText ? [path] : [])];
    return files
      .filter((file) => isOpenToOthers(file))
      .map((file) => `${file} holds a key and is open to others: chmod 600 ${file}`);
  }

  #note({ from, file }: ResolvedSecret): void {
    if (from === 'text') this.#isInText = true;
    if (file === undefined) return;
    this.files.push(file);
    this.#secret.push(file);
  }
}
