/**
 * A control channel that is opened again whenever it is lost, at a pace that suits the loss, until it is told to stop.
 *
 * The loop in `run` is its whole life: open, stay until the end, wait. What comes over the channel is the listener's, as is what to
 * make of the states; how one channel works is in `control-channel.ts`.
 *
 * Source: docs/protocol.md, sections 2.7 and 2.9.
 * @module
 */
import { type FromRelay, listenUrl, RelayError } from '@hybridge/protocol';
import type { AccessToken } from '@hybridge/sas';
import { onAbort, untilAborted } from './abort.js';
import { retryDelayMs } from './backoff.js';
import type { Timer } from './clock.js';
import { ControlChannel } from './control-channel.js';
import { deferred } from './deferred.js';
import type { ResolvedOptions } from './options.js';
import { closedByUser, isRefusal, refusedBy, unreachable } from './relay-failure.js';
import type { ListenerState } from './state.js';
import { TokenRenewal } from './token-renewal.js';

/** What a channel is kept with, and who is told. */
export interface KeptControlChannelOptions {
  readonly options: ResolvedOptions;
  /** Ends it for good. */
  readonly signal: AbortSignal;
  /** Where it stands now. Also each time that a token was renewed. */
  readonly onState: (state: KeptState) => void;
  /** A channel is open; `onState` says so right after. */
  readonly onOpen: () => void;
  /** A message came; with a request, the body that belongs to it. */
  readonly onMessage: (message: FromRelay, body: Buffer | undefined, channel: ControlChannel) => void;
  /** A message could not be read, or a token not be renewed. The channel stays. */
  readonly onProblem: (problem: unknown) => void;
}

/** The states of a listener that are its channel's. */
export type KeptState = Extract<ListenerState, { readonly name: 'connecting' | 'online' | 'waiting' }>;

/** A channel that lasted less did not end the outage: a relay that takes listeners on only to drop them is not dialled in a frenzy. */
const SETTLED_MS = 1_000;

/** One channel after the other. */
export class KeptControlChannel {
  readonly #kept: KeptControlChannelOptions;
  readonly #options: ResolvedOptions;
  readonly #stop: AbortSignal;
  #channel: ControlChannel | undefined;
  #retryTimer: Timer | undefined;
  /** Ends the wait for the next attempt. */
  #retryNow: (() => void) | undefined;
  #isRef = true;

  constructor(kept: KeptControlChannelOptions) {
    this.#kept = kept;
    this.#options = kept.options;
    this.#stop = kept.signal;
  }

  /**
   * Keeps it open. To be called once.
   * @returns once it is told to stop; or, with the reason, when the relay refuses it as it first comes
   */
  async run(): Promise<RelayError | undefined> {
    const { clock, backoff } = this.#options;
    let outage = { since: clock.now(), failures: 0 };
    let isKnown = false;
    while (!this.#stop.aborted) {
      let because: RelayError;
      try {
        this.#kept.onState({ name: 'connecting', attempt: outage.failures + 1 });
        const token = await this.#open();
        isKnown = true;
        this.#kept.onOpen();
        const openedAt = clock.now();
        because = await this.#serve(token);
        const now = clock.now();
        outage =
          now - openedAt < SETTLED_MS
            ? { since: outage.since, failures: outage.failures + 1 }
            : { since: now, failures: 0 };
      } catch (error) {
        because = unreachable(this.#options.address.host, error);
        // Later on a refusal may be the relay's own trouble, such as a restart without its configuration.
        if (!isKnown && isRefusal(because)) return because;
        outage = { since: outage.since, failures: outage.failures + 1 };
      }
      if (this.#stop.aborted) return undefined;
      const lastedMs = clock.now() - outage.since;
      const delayMs = retryDelayMs(
        { failures: outage.failures, lastedMs, refused: refusedBy(because) },
        backoff,
        () => clock.random(),
      );
      await this.#wait(delayMs, outage.failures, because);
    }
    return undefined;
  }

  /** Finds out at once whether the relay is still there, or back. */
  probe(): void {
    this.#channel?.probe();
    this.#retryNow?.();
  }

  /** Lets the process live for it, which is how it starts. */
  ref(): void {
    this.#isRef = true;
    this.#channel?.ref();
    this.#retryTimer?.ref();
  }

  /** Lets the process end although it is kept. */
  unref(): void {
    this.#isRef = false;
    this.#channel?.unref();
    this.#retryTimer?.unref();
  }

  /** Opens a control channel. @returns the token that it was opened with. */
  async #open(): Promise<AccessToken> {
    const { address, clock, openTimeoutMs, livenessTimeoutMs, transport, id, dialler } = this.#options;
    const attempt = new AbortController();
    const forget = onAbort(this.#stop, () => attempt.abort(closedByUser(this.#options.signal?.reason)));
    const timer = clock.setTimer(() => {
      const seconds = openTimeoutMs / 1000;
      attempt.abort(
        new RelayError('ERR_RELAY_TIMEOUT', `The relay ${address.host} did not answer within ${seconds} s`),
      );
    }, openTimeoutMs);
    try {
      const token = await untilAborted(this.#getToken(), attempt.signal);
      const url = listenUrl(address, { id });
      const channel: ControlChannel = new ControlChannel({
        url,
        token: token.token,
        livenessTimeoutMs,
        openTimeoutMs,
        transport,
        clock,
        signal: attempt.signal,
        onMessage: (message, body) => this.#kept.onMessage(message, body, channel),
        onProblem: (problem) => this.#kept.onProblem(problem),
      });
      this.#channel = channel;
      if (!this.#isRef) channel.unref();
      await channel.opened;
      dialler.prepare(url);
      return token;
    } finally {
      timer.cancel();
      forget();
    }
  }

  /** Stays with an open channel until its end. */
  async #serve(token: AccessToken): Promise<RelayError> {
    const channel = this.#channel!;
    const { clock } = this.#options;
    const since = new Date(clock.now());
    const renewal = new TokenRenewal({
      clock,
      current: token,
      getToken: () => this.#getToken(),
      onToken: (next) => channel.renewToken(next.token),
      onFailure: (problem) => this.#kept.onProblem(problem),
      onSchedule: (renewTokenAt) => this.#kept.onState({ name: 'online', since, renewTokenAt }),
    });
    const forget = onAbort(this.#stop, () => channel.close());
    try {
      return await channel.closed;
    } finally {
      forget();
      renewal.stop();
      this.#channel = undefined;
    }
  }

  async #wait(delayMs: number, attempt: number, because: RelayError): Promise<void> {
    const { clock } = this.#options;
    this.#kept.onState({ name: 'waiting', attempt, retryAt: new Date(clock.now() + delayMs), because });
    const pause = deferred<void>();
    const timer = clock.setTimer(() => pause.resolve(), delayMs);
    if (!this.#isRef) timer.unref();
    this.#retryTimer = timer;
    const forget = onAbort(this.#stop, () => pause.resolve());
    this.#retryNow = () => pause.resolve();
    await pause.promise;
    forget();
    timer.cancel();
    this.#retryTimer = undefined;
    this.#retryNow = undefined;
  }

  async #getToken(): Promise<AccessToken> {
    const { tokenProvider, resource } = this.#options;
    let given: AccessToken;
    try {
      given = await tokenProvider.getToken(resource);
    } catch (cause) {
      throw new RelayError('ERR_RELAY_UNAUTHORIZED', 'The token provider failed', { cause });
    }
    if (!/^[\x20-\x7e]+$/.test(given?.token) || !Number.isFinite(given.expiresAt?.getTime?.())) {
      throw new RelayError('ERR_RELAY_UNAUTHORIZED', 'The token provider gave no token with an expiry');
    }
    return given;
  }
}
