/**
 * A hybrid connection held at its relay with one credential, over one way.
 *
 * The listener keeps the control channel and comes back by itself. What it treats as final (the relay refuses the
 * key or does not know the name) is tried again from here, slowly: keys and names are mended on the relay's side.
 * @module
 */
import type { IncomingConnection, ListenerState } from '@hybridge/listener';
import { isRelayError } from '@hybridge/protocol';

/** Where it stands; see `ConnectionState`. */
export type RegistrationState =
  | { readonly name: 'connecting'; readonly attempt: number }
  | { readonly name: 'online'; readonly since: Date }
  | { readonly name: 'waiting' | 'refused'; readonly retryAt: Date; readonly because: Error };

/** The part of a listener that is used. */
export interface ListenerPort {
  on(event: 'state', heard: (state: ListenerState) => void): unknown;
  on(event: 'warning' | 'error', heard: (problem: Error) => void): unknown;
  listen(): Promise<void>;
  probe(): void;
  close(options: { readonly graceMs: number }): Promise<void>;
}

/** Whom it tells. */
export interface RegistrationOptions {
  /** Makes a listener, which hands over whoever comes. */
  readonly listener: (accept: (incoming: IncomingConnection) => Promise<void>) => ListenerPort;
  readonly accept: (incoming: IncomingConnection) => Promise<void>;
  readonly onState: (state: RegistrationState) => void;
  readonly onWarning: (problem: Error) => void;
}

/** How long after a refusal by the relay the next attempt is made: often enough for a person who has just mended it. */
export const REFUSED_RETRY_MS = 15_000;

/** Answers that the same question would get again. */
const REFUSALS = [401, 403, 404, 407];

/** Whether the relay, or a proxy before it, said no, so that somebody has to change something first. */
export function isRefusal(error: Error): boolean {
  return isRelayError(error) && error.status !== undefined && REFUSALS.includes(error.status);
}

/** Begins at `start`, and ends at `close`, after which nothing is told any more. */
export class Registration {
  readonly #options: RegistrationOptions;
  #state: RegistrationState = { name: 'connecting', attempt: 1 };
  #listener: ListenerPort | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  get state(): RegistrationState {
    return this.#state;
  }

  start(): void {
    const listener = this.#options.listener(this.#options.accept);
    this.#listener = listener;
    listener.on('state', (state) => this.#follow(state));
    listener.on('warning', (problem) => this.#options.onWarning(problem));
    // Both say the same as the state `closed` that they come with.
    listener.on('error', () => undefined);
    listener.listen().catch(() => undefined);
  }

  /** Finds out at once whether the relay is still there, or back. */
  probe(): void {
    this.#listener?.probe();
  }

  /**
   * Leaves the relay, and waits for what came through it. Calling it again with less time shortens the wait.
   * @param graceMs - milliseconds until that is cut.
   */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#listener?.close({ graceMs });
  }

  #follow(state: ListenerState): void {
    if (this.#isClosed) return;
    switch (state.name) {
      case 'connecting':
        this.#move({ name: 'connecting', attempt: state.attempt });
        break;
      case 'online':
        // Told again at each renewal of the token.
        if (this.#state.name !== 'online') this.#move({ name: 'online', since: state.since });
        break;
      case 'waiting':
        // To a listener that the relay once took, a refusal is one more reason to wait; here it is what it is.
        this.#move({
          name: isRefusal(state.because) ? 'refused' : 'waiting',
          retryAt: state.retryAt,
          because: state.because,
        });
        break;
      case 'closed':
        if (state.because !== undefined) this.#refused(state.because);
        break;
    }
  }

  #refused(because: Error): void {
    this.#retry = setTimeout(() => this.start(), REFUSED_RETRY_MS);
    this.#move({ name: 'refused', because, retryAt: new Date(Date.now() + REFUSED_RETRY_MS) });
  }

  #move(state: RegistrationState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
