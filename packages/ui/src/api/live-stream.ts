/**
 * A stream of events that is kept open: when it breaks, or says nothing for too long, it is opened again after a while that grows.
 * @module
 */
import { Observable } from '../observable.js';
import type { ApiClient } from './api-client.js';
import { ApiError } from './api-error.js';
import { backOffMs } from './back-off.js';

/** Whether what is shown was just told by the server. */
export type LiveState =
  | { readonly name: 'connecting' }
  | { readonly name: 'live' }
  /** What is shown is the last that was known. @param since - milliseconds since 1970: when something came last */
  | { readonly name: 'lost'; readonly since: number };

/** What a stream needs. */
export interface LiveStreamOptions {
  readonly client: Pick<ApiClient, 'events'>;
  readonly path: string;
  /**
   * Without any sign of life for this long it counts as dead, in milliseconds.
   * @defaultValue 20_000, more than the 15 s between the server's heartbeats
   */
  readonly silenceMs?: number;
  readonly onEvent: (event: string, data: unknown) => void;
  /** Something came again after the stream was lost: there may have been changes that nobody told. */
  readonly onAgain?: () => void;
  /** The wait before the stream is opened again, for tests. @defaultValue chance between 0 and 1 */
  readonly random?: () => number;
}

const SILENCE_MS = 20_000;
const LIVE: LiveState = { name: 'live' };

/** The stream. */
export class LiveStream {
  readonly state = new Observable<LiveState>({ name: 'connecting' });
  readonly #options: LiveStreamOptions;
  readonly #stop = new AbortController();
  #lastAt = Date.now();

  constructor(options: LiveStreamOptions) {
    this.#options = options;
  }

  /** Opens it, and keeps it open until {@link close}. */
  start(): void {
    void this.#follow();
  }

  /** Ends it. */
  close(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const { random = Math.random } = this.#options;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      const startedLive = await this.#read().catch(() => false);
      if (this.#stop.signal.aborted) return;
      if (startedLive) attempt = 0;
      if (this.state.value.name !== 'lost') this.state.set({ name: 'lost', since: this.#lastAt });
      await new Promise((resolve) => setTimeout(resolve, backOffMs(attempt, random())));
    }
  }

  /** One stream, to its end. @returns whether anything came */
  async #read(): Promise<boolean> {
    const { client, path, silenceMs = SILENCE_MS, onEvent, onAgain } = this.#options;
    const silence = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, silence.signal]);
    const guard = () => setTimeout(() => silence.abort(), silenceMs);
    let timer = guard();
    let came = false;
    const onSign = () => {
      clearTimeout(timer);
      timer = guard();
      this.#lastAt = Date.now();
    };
    try {
      for await (const { event, data } of client.events(path, signal, { onSign })) {
        if (!came && this.state.value.name === 'lost') onAgain?.();
        came = true;
        this.state.set(LIVE);
        onEvent(event, JSON.parse(data));
      }
    } catch (error) {
      if (!(error instanceof ApiError) && !came) throw error;
    } finally {
      clearTimeout(timer);
    }
    return came;
  }
}
