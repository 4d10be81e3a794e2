/**
 * Tells a namespace that is retired from one that is out of reach.
 *
 * A relay that was told so answers 410. Where the whole namespace is gone, so is its name; but a resolver also says "no such name" of
 * one that it cannot know just now, outside of a VPN for example. So that counts only once it has lasted.
 * @module
 */
import { isRelayError } from '@hybridge/protocol';

/** How long a name must have been gone from the DNS, in milliseconds. */
export const NAME_GONE_MS = 300_000;
/** How often a retired namespace is looked at, in milliseconds. */
export const DISCONTINUED_RETRY_MS = 60_000;

/** What to do about it. */
export const DISCONTINUED_ADVICE =
  'If this machine can resolve other names, ask whoever ran the namespace for its successor, and remove this connection';

/** Follows what goes wrong with one namespace. */
export class Discontinuation {
  #goneSince: number | undefined;

  /** Something worked. */
  reached(): void {
    this.#goneSince = undefined;
  }

  /** Something did not. @returns a statement when the namespace counts as retired, else nothing. */
  failed(because: unknown, namespace: string, now = Date.now()): string | undefined {
    if (isRelayError(because) && because.status === 410) {
      return `The relay says that ${namespace} is discontinued.`;
    }
    if (!isNameGone(because)) {
      this.#goneSince = undefined;
      return undefined;
    }
    this.#goneSince ??= now;
    if (now - this.#goneSince < NAME_GONE_MS) return undefined;
    return `The name ${namespace} is gone from the DNS: the namespace was probably deleted.`;
  }
}

/** The resolver's answer about the relay itself, not about a proxy on the way. */
function isNameGone(error: unknown): boolean {
  if (isRelayError(error) && error.code === 'ERR_RELAY_PROXY') return false;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return code === 'ENOTFOUND' || (cause instanceof Error && isNameGone(cause));
}
