/**
 * Where a forwarder stands, as a status tells it: with what to do about it and, as long as it is tried again, with what went wrong before.
 *
 * What happens next is the forwarder's to decide; here it is put into words, and nowhere else does the state change.
 * @module
 */
import type { ConnectionConfig } from '../config/manager-config.js';
import { DISCONTINUED_ADVICE } from '../registration/discontinued.js';
import type { RegistrationState } from '../registration/registration.js';
import { relayAdvice } from '../status/advice.js';
import type { ConnectionState, PolicyViolation, Trouble } from '../status/connection-status.js';
import { PolicyViolationError } from '../target/policy-violation.js';

/** The state of one forwarder, and the trouble that it remembers. */
export class Standing {
  readonly #config: () => ConnectionConfig;
  readonly #onState: (state: ConnectionState) => void;
  #state: ConnectionState = { name: 'stopped' };
  /** Why it is not online, while it is tried again. */
  #trouble: Trouble | undefined;

  /** @param config - the one of now, for advice that names what it is about */
  constructor(config: () => ConnectionConfig, onState: (state: ConnectionState) => void) {
    this.#config = config;
    this.#onState = onState;
  }

  /** How it stands now. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Neither stopped nor about to be. */
  get isRunning(): boolean {
    return this.#state.name !== 'stopped' && this.#state.name !== 'stopping';
  }

  /** Whether it is blocked for just that already. */
  isBlockedBy({ rule, message }: PolicyViolation): boolean {
    const state = this.#state;
    return state.name === 'blocked' && state.rule === rule && state.because.message === message;
  }

  /** What went wrong before is no matter any more: it is told to do something else. */
  forget(): void {
    this.#trouble = undefined;
  }

  /** It asks before anything else. What is looked at again keeps its state until something comes of it. */
  resolving(attempt: number): void {
    const { name } = this.#state;
    if (name === 'blocked' || name === 'discontinued' || name === 'refused' || name === 'resolving') return;
    this.move({ name: 'resolving', attempt, ...this.#trouble });
  }

  /** It asked in vain, or was refused, and tries again. */
  failed(name: 'waiting' | 'refused', because: Error, retryAt: Date): void {
    this.move({ name, retryAt, ...this.#troubled(because) });
  }

  /** The namespace is retired. @param statement - what that means, for people */
  discontinued(statement: string, because: Error, retryAt: Date): void {
    this.move({ name: 'discontinued', retryAt, because, advice: DISCONTINUED_ADVICE, statement });
  }

  /** The policy forbids it. @param retryAt - absent where only another policy or configuration can change that */
  blocked(violation: PolicyViolation, retryAt: Date | undefined): void {
    const because = new PolicyViolationError(violation);
    const again = retryAt === undefined ? {} : { retryAt };
    this.move({ name: 'blocked', rule: violation.rule, ...this.#troubled(because), ...again });
  }

  /** A registration's state, in the words of a status. */
  worded(state: RegistrationState): ConnectionState {
    if (state.name === 'online') return state;
    if (state.name === 'connecting') return { ...state, ...this.#trouble };
    return { ...state, ...this.#troubled(state.because) };
  }

  /** Another state, as it is. */
  move(state: ConnectionState): void {
    if (state.name === 'waiting' || state.name === 'refused') {
      this.#trouble = { because: state.because, advice: state.advice };
    } else if (state.name !== 'connecting' && state.name !== 'resolving') {
      this.#trouble = undefined;
    }
    this.#state = state;
    this.#onState(state);
  }

  #troubled(because: Error): Trouble {
    return { because, advice: relayAdvice(because, this.#config()) };
  }
}
