/**
 * Changes a relay's model, one change after another, and keeps each before it counts.
 *
 * Changes that come while a write is under way share the next one. What nobody could be told was kept never counts: when
 * a write fails the changes in it are refused, and the model is what it was. While that is so there is an alarm, and the
 * write is tried again now and then, so that it ends when there is room again even if nobody changes anything.
 *
 * Source: docs/decisions/0067-state-as-one-value.md.
 * @module
 */
import { type Store, StoreConflict } from '../store/store.js';
import { applyChange } from './apply-change.js';
import type { Change } from './change.js';
import { ManagementError } from './management-error.js';
import type { Model } from './model.js';

/** How many changes may share a write: trying them takes the time of those who are connected. */
const MAX_GROUP = 64;

/** How often a store that failed is tried. */
const RETRY_MS = 5_000;

/** The store does not take changes. */
export interface StoreAlarm {
  readonly since: Date;
  /** In words, with the system's own. */
  readonly message: string;
}

/** A change that is kept, with what it took from time and chance: enough for another process to come to the same model. */
export interface AppliedChange {
  readonly change: Change;
  /** ISO 8601. */
  readonly at: string;
  /** Keys that were made, in the order in which they were asked for. */
  readonly keys: readonly string[];
}

/** What management works with. */
export interface ManagementOptions {
  readonly store: Store;
  /** What the store holds. */
  readonly model: Model;
  readonly revision: number;
  readonly now: () => number;
  readonly newKey: () => string;
  /**
   * Puts a change in force that is kept now. `change` resolves when this does.
   * @param model - what holds with it. Called in the order of the changes, each before the next one is looked at.
   */
  readonly onApplied: (applied: AppliedChange, model: Model) => void | Promise<void>;
  /** The store failed, each time that it does, or takes changes again (`undefined`). */
  readonly onAlarm?: (alarm: StoreAlarm | undefined) => void;
  /** @defaultValue 5_000 */
  readonly retryMs?: number;
}

interface Waiting {
  readonly change: Change;
  resolve(model: Model | Promise<Model>): void;
  reject(error: unknown): void;
}

interface Accepted {
  readonly waiting: Waiting;
  readonly applied: AppliedChange;
  readonly model: Model;
}

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'writing'; readonly done: Promise<void> }
  | { readonly name: 'closed'; readonly done: Promise<void> };

/** The one writer of a model. */
export class Management {
  readonly #options: ManagementOptions;
  #model: Model;
  #revision: number;
  #queue: Waiting[] = [];
  #state: State = { name: 'idle' };
  #alarm: StoreAlarm | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: ManagementOptions) {
    this.#options = options;
    this.#model = options.model;
    this.#revision = options.revision;
  }

  /** What holds now. */
  get model(): Model {
    return this.#model;
  }

  /** Set while the store does not take changes. */
  get alarm(): StoreAlarm | undefined {
    return this.#alarm;
  }

  /**
   * Makes a change. Resolves when it is kept and in force.
   * @returns the model with it
   * @throws ManagementError when it cannot be made, or cannot be kept (`ERR_RELAY_STORE`): then nothing is changed.
   */
  change(change: Change): Promise<Model> {
    return new Promise((resolve, reject) => {
      if (this.#state.name === 'closed') {
        reject(new ManagementError('ERR_RELAY_STORE', 'The relay is closing'));
        return;
      }
      this.#queue.push({ change, resolve, reject });
      this.#write();
    });
  }

  /** Takes no more changes, waits for those under way, and closes the store. */
  close(): Promise<void> {
    const state = this.#state;
    if (state.name === 'closed') return state.done;
    clearTimeout(this.#retry);
    const idle = state.name === 'writing' ? state.done : Promise.resolve();
    const done = idle.then(() => this.#options.store.close());
    this.#state = { name: 'closed', done };
    return done;
  }

  #write(): void {
    if (this.#state.name !== 'idle') return;
    this.#state = { name: 'writing', done: this.#writeAll() };
  }

  async #writeAll(): Promise<void> {
    // Those that are asked for in one turn share a write.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#writeGroup(this.#queue.splice(0, MAX_GROUP));
    if (this.#state.name === 'writing') this.#state = { name: 'idle' };
  }

  /** Never rejects. */
  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const { accepted, refused } = this.#try(group);
    const next = accepted.at(-1)?.model ?? this.#model;
    if (next !== this.#model) {
      const failure = await this.#save(next);
      if (failure !== undefined) {
        // Those that were refused were measured against what never came to be.
        for (const { waiting } of [...accepted, ...refused]) waiting.reject(failure);
        return;
      }
    }
    for (const { waiting, error } of refused) waiting.reject(error);
    for (const { waiting, applied, model } of accepted) {
      const isNew = model !== this.#model;
      this.#model = model;
      waiting.resolve(isNew ? this.#apply(applied, model) : model);
    }
  }

  /** What a group of changes comes to. Those that are refused without regard to others are told so at once. */
  #try(group: readonly Waiting[]) {
    const { now, newKey } = this.#options;
    const accepted: Accepted[] = [];
    const refused: { readonly waiting: Waiting; readonly error: unknown }[] = [];
    let model = this.#model;
    for (const waiting of group) {
      const at = new Date(now()).toISOString();
      const keys: string[] = [];
      const makeKey = () => {
        const key = newKey();
        keys.push(key);
        return key;
      };
      try {
        model = applyChange(model, waiting.change, { now: at, newKey: makeKey });
        accepted.push({ waiting, applied: { change: waiting.change, at, keys }, model });
      } catch (error) {
        if (model === this.#model) waiting.reject(error);
        else refused.push({ waiting, error });
      }
    }
    return { accepted, refused };
  }

  async #apply(applied: AppliedChange, model: Model): Promise<Model> {
    await this.#options.onApplied(applied, model);
    return model;
  }

  /** @returns why it could not be kept */
  async #save(model: Model): Promise<ManagementError | undefined> {
    try {
      this.#revision = await this.#options.store.save(model, this.#revision);
      this.#setAlarm(undefined);
      return undefined;
    } catch (cause) {
      if (cause instanceof StoreConflict) {
        return new ManagementError('ERR_RELAY_CONFLICT', cause.message, { cause });
      }
      const { code, message } = cause as NodeJS.ErrnoException;
      const why = code ?? message;
      this.#setAlarm(`The relay's state cannot be written (${why})`);
      return new ManagementError('ERR_RELAY_STORE', `The change could not be kept (${why})`, { cause });
    }
  }

  #setAlarm(message: string | undefined): void {
    const { now, onAlarm, retryMs = RETRY_MS } = this.#options;
    clearTimeout(this.#retry);
    if (message !== undefined && this.#state.name !== 'closed') {
      this.#retry = setTimeout(() => this.#tryAgain(), retryMs).unref();
    }
    if (message === undefined && this.#alarm === undefined) return;
    this.#alarm =
      message === undefined ? undefined : { since: this.#alarm?.since ?? new Date(now()), message };
    onAlarm?.(this.#alarm);
  }

  /** Writes what holds. */
  #tryAgain(): void {
    if (this.#state.name !== 'idle') return;
    const save = this.#save(this.#model).then(async () => this.#writeAll());
    this.#state = { name: 'writing', done: save };
  }
}
