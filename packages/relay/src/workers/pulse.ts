/**
 * Whether a worker is alive: the primary asks it in a steady beat, and anything that it says counts as an answer.
 *
 * Silence is counted in beats, not read off a clock. A primary that was stopped, or that slept with its machine, has
 * had no beats meanwhile, so it finds its workers as alive as it left them; on a machine that is too busy to run the
 * primary, patience lasts longer by as much.
 * @module
 */

/** How often a worker is asked, unless its patience is short. */
const LONGEST_BEAT_MS = 1_000;

/** Of what is waited for in all; so a short patience is not a matter of two or three beats either. */
const BEATS = 10;

/** Beats in a row without an answer, from which on a worker counts as silent: fewer are an event loop that is busy. */
const NOTABLE_BEATS = 3;

/** Whom to ask, and for how long. */
export interface PulseOptions {
  /** How long it may be silent, in milliseconds; 0 for ever. */
  readonly silenceMs: number;
  /** Asks for a sign of life. */
  readonly ask: () => void;
  /** It was silent for too long. Called once. */
  readonly onSilent: (silentMs: number) => void;
}

/** The pulse of one process. */
export class Pulse {
  readonly #options: PulseOptions;
  readonly #beatMs: number;
  #timer: NodeJS.Timeout | undefined;
  #unanswered = 0;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#beatMs = Math.max(1, Math.min(LONGEST_BEAT_MS, options.silenceMs / BEATS));
  }

  /** For how long it has not answered, in milliseconds of the primary's own time; 0 while that says nothing. */
  get silentMs(): number {
    return this.#unanswered < NOTABLE_BEATS ? 0 : this.#unanswered * this.#beatMs;
  }

  /** Begins to ask. */
  start(): void {
    if (this.#options.silenceMs === 0) return;
    this.#timer ??= setInterval(() => this.beat(), this.#beatMs).unref();
  }

  /** It said something. */
  heard(): void {
    this.#unanswered = 0;
  }

  /** Asks no more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#unanswered = 0;
  }

  /** Asks once more, unless it has been silent for too long. Called by the timer. */
  beat(): void {
    const { silenceMs, ask, onSilent } = this.#options;
    const waitedMs = this.#unanswered * this.#beatMs;
    if (waitedMs >= silenceMs) {
      this.stop();
      onSilent(waitedMs);
      return;
    }
    this.#unanswered += 1;
    ask();
  }
}
