/**
 * How a relay finds the listener for a sender, wherever its control channel is held.
 *
 * Interest is the registry: who has announced a path gets requests for it, one of several at random, and when nobody
 * has, the answer says so at once. In one process that is a map; between processes it is what a message broker's queue
 * groups do. So there are no leases and no stale entries.
 *
 * Source: docs/protocol.md, section 2.10 (listener choice).
 * @module
 */

/** Answers a request; says so in its answer when it cannot do what was asked, and does not reject. */
export type BackplaneHandler = (request: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** An announced interest, until it is withdrawn. */
export interface Announcement {
  /** Ends the interest. Requests that are under way may still come. */
  withdraw(): void;
}

/** What became of a request. */
export type BackplaneReply =
  | { readonly type: 'reply'; readonly bytes: Uint8Array }
  | { readonly type: 'no-responders' }
  | { readonly type: 'timeout' };

/** Carries requests from the relay that has a sender to one that has a listener for the same path. */
export interface Backplane {
  /** Declares that `handler` answers for `path`. Resolves when requests can reach it. */
  announce(path: string, handler: BackplaneHandler): Promise<Announcement>;
  /** Asks one of those who announced `path`, picked at random. */
  request(path: string, request: Uint8Array, timeoutMs: number): Promise<BackplaneReply>;
}

/** The backplane of a single process. */
export class MemoryBackplane implements Backplane {
  readonly #handlers = new Map<string, Set<BackplaneHandler>>();
  readonly #random: () => number;

  /** @param random - gives numbers from 0 up to, not including, 1; `Math.random` unless a test wants to know. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  announce(path: string, handler: BackplaneHandler): Promise<Announcement> {
    // One function may be announced twice; each announcement is its own entry.
    const entry: BackplaneHandler = (request) => handler(request);
    const entries = this.#handlers.get(path) ?? new Set();
    this.#handlers.set(path, entries.add(entry));
    const withdraw = (): void => {
      entries.delete(entry);
      if (entries.size === 0 && this.#handlers.get(path) === entries) this.#handlers.delete(path);
    };
    return Promise.resolve({ withdraw });
  }

  async request(path: string, request: Uint8Array, timeoutMs: number): Promise<BackplaneReply> {
    const entries = [...(this.#handlers.get(path) ?? [])];
    const handler = entries[Math.floor(this.#random() * entries.length)];
    if (handler === undefined) return { type: 'no-responders' };
    const answer = handler(request);
    if (!(answer instanceof Promise)) return { type: 'reply', bytes: answer };
    const { promise, cancel } = timeout(timeoutMs);
    try {
      return await Promise.race([reply(answer), promise]);
    } finally {
      cancel();
    }
  }
}

async function reply(answer: Promise<Uint8Array>): Promise<BackplaneReply> {
  return { type: 'reply', bytes: await answer };
}

function timeout(ms: number): { readonly promise: Promise<BackplaneReply>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<BackplaneReply>((resolve) => {
    timer = setTimeout(() => resolve({ type: 'timeout' }), ms);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
