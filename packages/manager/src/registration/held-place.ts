/**
 * The place that a hybrid connection has at its relay, and how it passes from one credential to the next.
 *
 * A changed key is tried beside the one that holds the place. Only when the relay has taken the new one does the former leave,
 * and what came through that goes on. So a wrong key costs nothing; but a former one that has lost its place is not waited for.
 * @module
 */
import { Registration, type RegistrationOptions, type RegistrationState } from './registration.js';

/** What a place is held with. */
export interface HeldPlaceOptions {
  readonly accept: RegistrationOptions['accept'];
  /** Where the one stands that counts. */
  readonly onState: (state: RegistrationState) => void;
  readonly onWarning: (problem: Error) => void;
}

interface Holder {
  /** Says what it is held with: another text, another holder. */
  readonly seed: string;
  readonly registration: Registration;
  /** What was said last about its not being taken: said once, not at each attempt. */
  warnedOf?: string;
}

/** At most one that holds the place, at most one that is to follow, and those that have left and finish. */
export class HeldPlace {
  readonly #options: HeldPlaceOptions;
  #current: Holder | undefined;
  #next: Holder | undefined;
  readonly #leaving = new Set<Registration>();

  constructor(options: HeldPlaceOptions) {
    this.#options = options;
  }

  /** Whether anything holds the place, or is on its way to it. */
  get isHeld(): boolean {
    return this.#current !== undefined;
  }

  /** Where the one stands that is to follow. */
  get replacement(): RegistrationState | undefined {
    return this.#next?.registration.state;
  }

  /** Holds the place with this from now on. Nothing happens when it already does. */
  hold(seed: string, listener: RegistrationOptions['listener']): void {
    if (this.#next?.seed === seed) return;
    this.#drop('next');
    if (this.#current?.seed === seed) return;
    const isOnline = this.#current?.registration.state.name === 'online';
    if (!isOnline) this.#drop('current');
    const holder: Holder = {
      seed,
      registration: new Registration({
        listener,
        accept: this.#options.accept,
        onState: (state) => this.#heard(holder, state),
        onWarning: this.#options.onWarning,
      }),
    };
    if (isOnline) this.#next = holder;
    else this.#current = holder;
    holder.registration.start();
  }

  /** Finds out at once whether the relay is still there, or back. */
  probe(): void {
    this.#current?.registration.probe();
    this.#next?.registration.probe();
  }

  /** Leaves the relay. What came through it goes on. */
  leave(): void {
    this.#drop('next');
    this.#drop('current');
  }

  /** Leaves the relay, and waits until what came through it is over or cut. Calling it again with less time shortens the wait. */
  async close(graceMs: number): Promise<void> {
    this.leave();
    await Promise.all([...this.#leaving].map((registration) => registration.close(graceMs)));
  }

  #heard(holder: Holder, state: RegistrationState): void {
    if (holder === this.#current) {
      if (this.#next !== undefined && state.name !== 'online') this.#promote(this.#next);
      else this.#options.onState(state);
    } else if (holder === this.#next) {
      if (state.name === 'online') this.#promote(holder);
      else if (state.name === 'refused' || state.name === 'waiting') this.#warn(holder, state.because);
    }
  }

  #warn(holder: Holder, because: Error): void {
    if (holder.warnedOf === because.message) return;
    holder.warnedOf = because.message;
    this.#options.onWarning(
      new Error(`The changed settings do not work yet, and the former ones stay: ${because.message}`, {
        cause: because,
      }),
    );
  }

  #promote(next: Holder): void {
    this.#next = undefined;
    this.#drop('current');
    this.#current = next;
    this.#options.onState(next.registration.state);
  }

  #drop(which: 'current' | 'next'): void {
    const holder = which === 'current' ? this.#current : this.#next;
    if (which === 'current') this.#current = undefined;
    else this.#next = undefined;
    if (holder === undefined) return;
    const { registration } = holder;
    this.#leaving.add(registration);
    void registration.close(Number.POSITIVE_INFINITY).then(() => this.#leaving.delete(registration));
  }
}
