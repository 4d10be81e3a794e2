/**
 * One hybrid connection, led to its one target: from what is configured, over what the policy allows and what the relay says, to a
 * place at the relay.
 *
 * `#open` begins an attempt, `#admit` asks the policy about the target, `#hold` takes the place; each ends the attempt when it cannot
 * go on, in a state that says why and when it is tried again. `#move` is the only place where the state changes. Everything else here
 * is what may come from outside: a changed configuration, a changed policy, a changed network.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import type { EntityDescription } from '@hybridge/diagnosis';
import { ManagerConfigError } from '../config/config-error.js';
import type { ConnectionConfig } from '../config/manager-config.js';
import type { Denial } from '../policy/policy.js';
import { ProbeAnswers } from '../probe/probe-answers.js';
import { DISCONTINUED_ADVICE, DISCONTINUED_RETRY_MS, Discontinuation } from '../registration/discontinued.js';
import { HeldPlace } from '../registration/held-place.js';
import { isRefusal, REFUSED_RETRY_MS, type RegistrationState } from '../registration/registration.js';
import { relayAdvice } from '../status/advice.js';
import type {
  ConnectionState,
  ConnectionStatus,
  PolicyViolation,
  Trouble,
} from '../status/connection-status.js';
import { Traffic } from '../status/traffic.js';
import { lookAt, PolicyViolationError } from '../target/guarded-lookup.js';
import { targetIn } from '../target/named-target.js';
import { formatTarget, type Target } from '../target/target.js';
import {
  type ForwarderEvents,
  type ForwarderOptions,
  type ForwarderParts,
  listenerId,
  PARTS,
} from './forwarder-parts.js';
import { RelayEnquiry } from './relay-enquiry.js';
import { Tunnels } from './tunnels.js';

/** How often the relay is asked whether the endpoint changed, in milliseconds, and how many listen. */
export const REFRESH_MS = 60_000;
/** How often a target is looked at that was refused for where its name leads, in milliseconds. */
export const BLOCKED_RETRY_MS = 15_000;

/** Holds one hybrid connection and leads what comes in to its target. */
export class Forwarder extends EventEmitter<ForwarderEvents> {
  #config: ConnectionConfig;
  #options: ForwarderOptions;
  readonly #parts: ForwarderParts;
  readonly #place: HeldPlace;
  readonly #tunnels: Tunnels;
  readonly #answers: ProbeAnswers;
  readonly #enquiry: RelayEnquiry;
  readonly #traffic = new Traffic();
  readonly #discontinuation = new Discontinuation();
  #state: ConnectionState = { name: 'stopped' };
  /** Why it is not online, while it is tried again. */
  #trouble: Trouble | undefined;
  /** Where connections are led: as configured, or else as the relay said last. */
  #target: Target | undefined;
  /** The attempt that is under way; the one before it is over. */
  #attempt = new AbortController();
  #failures = 0;
  /** The resolver is being asked: one that does not answer is not asked again meanwhile. */
  #isLooking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(config: ConnectionConfig, options: ForwarderOptions, parts: Partial<ForwarderParts> = {}) {
    super();
    this.#config = config;
    this.#options = options;
    this.#parts = { ...PARTS, managerKey: randomUUID(), ...parts };
    const { policy, lookup, splice: join, ask } = this.#parts;
    this.#enquiry = new RelayEnquiry(ask, (problem) => this.emit('warning', problem));
    this.#place = new HeldPlace({
      accept: (incoming) =>
        this.#answers.takes(incoming)
          ? this.#answers.answer(incoming, this.#target!)
          : this.#tunnels.lead(incoming, this.#target!),
      onState: (state) => this.#follow(state),
      onWarning: (problem) => this.emit('warning', problem),
    });
    this.#tunnels = new Tunnels({
      ...{ policy, lookup, splice: join, timeoutMs: () => this.#options.targetTimeoutMs },
      onOpen: (connection) => this.emit('open', connection),
      onEnd: (end) => this.emit('end', end),
      onTargetFailure: (failure, sender) => this.emit('targetFailure', failure, sender),
      onViolation: (violation) => this.#block(violation, BLOCKED_RETRY_MS),
    });
    this.#answers = new ProbeAnswers({
      ...{ policy, lookup, detail: () => this.#options.diagnosis ?? 'kinds' },
      onAnswered: (answered) => this.emit('diagnosis', answered),
    });
  }

  /** Begins to hold the hybrid connection. Returns at once; events and {@link Forwarder.status} tell the rest. */
  start(): void {
    if (this.#state.name === 'stopped') this.#open();
  }

  /**
   * Takes no new connection, gives the open ones their time, then cuts them. Calling it again with less time shortens it.
   * @param options - how.
   * @param options.graceMs - milliseconds until open connections are cut.
   */
  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#begin();
    if (this.#state.name !== 'stopping') this.#move({ name: 'stopping' });
    this.#answers.cut();
    const cut = setTimeout(() => this.#tunnels.cut(stopped()), graceMs);
    await Promise.all([this.#place.close(graceMs), this.#tunnels.idle()]);
    clearTimeout(cut);
    if (this.#state.name === 'stopping') this.#move({ name: 'stopped' });
  }

  /**
   * Goes on with another configuration of the same hybrid connection. Connections that are open stay. A changed key, or way to
   * the relay, is tried beside the former one, which stays until the relay has taken it.
   */
  update(config: ConnectionConfig, options: ForwarderOptions): void {
    const before = this.#config;
    this.#config = config;
    this.#options = options;
    this.#trouble = undefined;
    if (!this.#isRunning) return;
    if (!this.#place.isHeld) {
      this.#open();
      return;
    }
    this.#hold();
    if (sameTarget(before.target, config.target)) return;
    if (config.target === undefined) void this.#refresh();
    else this.#admit(config.target);
  }

  /** Leaves the relay and begins anew. Connections that are open stay. */
  restart(): void {
    if (!this.#isRunning) return;
    this.#failures = 0;
    this.#begin();
    this.#place.leave();
    // Whatever it waited for, it is tried now, and said to be.
    this.#trouble = undefined;
    this.#move({ name: 'resolving', attempt: 1 });
    this.#open();
  }

  /** The policy is another one: what it does not allow any more ends at once. */
  policyChanged(): void {
    const denial = this.#parts.policy().relay(this.#config.namespace);
    if (!this.#isRunning) {
      // What is left of it, when it is about to stop.
      if (denial === undefined) this.#tunnels.enforce();
      else this.#tunnels.cut(new PolicyViolationError(this.#violation(denial)));
    } else if (denial !== undefined) {
      this.#block(this.#violation(denial));
    } else {
      this.#tunnels.enforce();
      if (this.#place.isHeld && this.#target !== undefined) this.#admit(this.#target);
      else this.#open();
    }
  }

  /** The network may be another one: finds out at once whether the relay is still there, or back. */
  probe(): void {
    this.#place.probe();
    if (this.#place.isHeld || this.#state.name === 'refused') return;
    if ('retryAt' in this.#state && this.#state.retryAt !== undefined) this.#open();
  }

  /** Notes what went over it so far. To be called every few seconds. */
  sample(): void {
    this.#traffic.sample(this.#tunnels.counters());
  }

  /** How it stands now. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Where connections are led, as far as is known. */
  get target(): Target | undefined {
    return this.#config.target ?? this.#target;
  }

  /** The configuration that it goes by. */
  get config(): ConnectionConfig {
    return this.#config;
  }

  /** Everything that is known about it, at this moment. */
  status(): ConnectionStatus {
    const { name, namespace, serviceEndpoint, hybridConnection, target: configured } = this.#config;
    const target = configured ?? this.#target;
    const { targetFailure } = this.#tunnels;
    const { replacement } = this.#place;
    this.sample();
    return {
      ...{ name, namespace, serviceEndpoint, hybridConnection },
      ...(target && { target: formatTarget(target) }),
      state: this.#state,
      ...(replacement && { replacement: this.#worded(replacement) }),
      ...this.#enquiry.found,
      counters: this.#tunnels.counters(),
      traffic: this.#traffic.status(),
      ...(targetFailure && { targetFailure }),
    };
  }

  get #isRunning(): boolean {
    return this.#state.name !== 'stopped' && this.#state.name !== 'stopping';
  }

  /** Ends the attempt before, and begins another. */
  #begin(): AbortSignal {
    clearTimeout(this.#timer);
    this.#attempt.abort();
    this.#attempt = new AbortController();
    return this.#attempt.signal;
  }

  #open(): void {
    const signal = this.#begin();
    const denial = this.#parts.policy().relay(this.#config.namespace);
    if (denial !== undefined) {
      this.#block(this.#violation(denial));
      return;
    }
    const { target } = this.#config;
    if (target !== undefined && this.#state.name !== 'discontinued') {
      this.#admit(target);
      return;
    }
    this.#resolving();
    this.#ask(signal).then(
      (description) => signal.aborted || this.#described(description),
      (error: Error) => signal.aborted || this.#failed(error),
    );
  }

  #described(description: EntityDescription): void {
    try {
      this.#admit(this.#config.target ?? targetIn(description.userMetadata));
    } catch (error) {
      if (!(error instanceof ManagerConfigError)) throw error;
      this.#refused(error);
    }
  }

  /** Asks the policy about a target, and leads there if that has nothing against it. */
  #admit(target: Target): void {
    const policy = this.#parts.policy();
    const denial = policy.target(target);
    if (denial !== undefined) {
      // A relay may come to name another endpoint; a configured one changes with the configuration only.
      const retryMs = this.#config.target === undefined ? BLOCKED_RETRY_MS : undefined;
      this.#block(this.#violation(denial, target), retryMs);
      return;
    }
    if (isIP(target.host) !== 0) {
      this.#lead(target);
      return;
    }
    if (!policy.looksAtAddresses) {
      this.#lead(target);
      this.#lookAtName(target);
      return;
    }
    const signal = this.#begin();
    if (!this.#place.isHeld) this.#resolving();
    else this.#refreshLater();
    void lookAt(target, policy, this.#parts.lookup).then(({ violation, failure }) => {
      if (signal.aborted) return;
      if (violation !== undefined) {
        this.#block(violation, BLOCKED_RETRY_MS);
        return;
      }
      this.#lead(target);
      this.#named(failure);
    });
  }

  #lead(target: Target): void {
    this.#target = target;
    if (!this.#place.isHeld) this.#hold();
  }

  /** Says so when the target's name leads nowhere, rather than wait for a sender to find out. */
  #lookAtName(target: Target): void {
    if (isIP(target.host) !== 0 || this.#isLooking) return;
    this.#isLooking = true;
    void lookAt(target, this.#parts.policy(), this.#parts.lookup).then(({ failure }) => {
      this.#isLooking = false;
      if (this.#isRunning && sameTarget(target, this.#target)) this.#named(failure);
    });
  }

  #named(failure: Error | undefined): void {
    const problem = this.#tunnels.named(this.#target, failure);
    if (problem !== undefined) this.emit('warning', problem);
  }

  #hold(): void {
    const config = this.#config;
    const id = listenerId(this.#parts.managerKey, config, this.#options);
    const options = { ...this.#options, id };
    this.#place.hold(id, (accept) => this.#parts.listener(config, options, accept));
  }

  #follow(state: RegistrationState): void {
    if (state.name === 'online') {
      this.#failures = 0;
      this.#discontinuation.reached();
      this.#move(state);
      void this.#refresh();
      return;
    }
    if (state.name === 'waiting' && this.#isDiscontinued(state.because)) return;
    this.#move(this.#worded(state));
  }

  /** Asks the relay again: the endpoint may be another one, and others may listen by now. */
  async #refresh(): Promise<void> {
    const signal = this.#begin();
    this.#refreshLater();
    // Whether the relay can be reached at all, the control channel knows better.
    const description = await this.#ask(signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const { target: configured } = this.#config;
      const target = configured ?? (description ? targetIn(description.userMetadata) : this.#target!);
      // The name may lead elsewhere by now.
      if (!sameTarget(target, this.#target) || this.#parts.policy().looksAtAddresses) this.#admit(target);
      else this.#lookAtName(target);
    } catch (error) {
      if (!(error instanceof ManagerConfigError)) throw error;
      this.#refused(error);
    }
  }

  #refreshLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#state.name === 'online') void this.#refresh();
    }, REFRESH_MS);
  }

  #ask(signal: AbortSignal): Promise<EntityDescription> {
    const { connectionString } = this.#config;
    return this.#enquiry.ask({ connectionString, transport: this.#options.transport, signal });
  }

  /** The relay could not be asked. */
  #failed(because: Error): void {
    if (this.#isDiscontinued(because)) return;
    if (isRefusal(because)) {
      this.#refused(because);
      return;
    }
    const delayMs = Math.random() * Math.min(FIRST_RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS);
    this.#failures += 1;
    this.#later(delayMs);
    this.#move({ name: 'waiting', retryAt: new Date(Date.now() + delayMs), ...this.#troubled(because) });
  }

  #refused(because: Error): void {
    this.#place.leave();
    this.#later(REFUSED_RETRY_MS);
    const retryAt = new Date(Date.now() + REFUSED_RETRY_MS);
    this.#move({ name: 'refused', retryAt, ...this.#troubled(because) });
  }

  #isDiscontinued(because: Error): boolean {
    const statement = this.#discontinuation.failed(because, this.#config.namespace);
    if (statement === undefined) return false;
    this.#place.leave();
    this.#later(DISCONTINUED_RETRY_MS);
    const retryAt = new Date(Date.now() + DISCONTINUED_RETRY_MS);
    this.#move({ name: 'discontinued', retryAt, because, advice: DISCONTINUED_ADVICE, statement });
    return true;
  }

  /** Leaves the relay because of the policy. @param retryMs - when something else than the policy can change that */
  #block(violation: PolicyViolation, retryMs?: number): void {
    if (!this.#isRunning && this.#state.name !== 'stopped') return;
    this.#begin();
    this.#answers.cut();
    this.#place.leave();
    if (this.#parts.policy().relay(this.#config.namespace) === undefined) this.#tunnels.enforce();
    else this.#tunnels.cut(new PolicyViolationError(violation));
    const isKnown =
      this.#state.name === 'blocked' &&
      this.#state.rule === violation.rule &&
      this.#state.because.message === violation.message;
    if (retryMs !== undefined) this.#later(retryMs);
    const retryAt = retryMs === undefined ? {} : { retryAt: new Date(Date.now() + retryMs) };
    const because = new PolicyViolationError(violation);
    if (!isKnown) this.emit('policyViolation', violation);
    this.#move({ name: 'blocked', rule: violation.rule, ...this.#troubled(because), ...retryAt });
  }

  #violation(denial: Denial, target?: Target): PolicyViolation {
    const about = target === undefined ? {} : { target: formatTarget(target) };
    return { at: new Date(), during: 'registration', ...denial, ...about };
  }

  #later(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), delayMs);
  }

  /** What is looked at again keeps its state until something comes of it. */
  #resolving(): void {
    const { name } = this.#state;
    if (name === 'blocked' || name === 'discontinued' || name === 'refused' || name === 'resolving') return;
    this.#move({ name: 'resolving', attempt: this.#failures + 1, ...this.#trouble });
  }

  /** With what to do, and, where it is tried again, with what went wrong before. */
  #worded(state: RegistrationState): ConnectionState {
    if (state.name === 'online') return state;
    if (state.name === 'connecting') return { ...state, ...this.#trouble };
    return { ...state, ...this.#troubled(state.because) };
  }

  #troubled(because: Error): Trouble {
    return { because, advice: relayAdvice(because, this.#config) };
  }

  #move(state: ConnectionState): void {
    if (state.name === 'waiting' || state.name === 'refused') {
      this.#trouble = { because: state.because, advice: state.advice };
    } else if (state.name !== 'connecting' && state.name !== 'resolving') {
      this.#trouble = undefined;
    }
    this.#state = state;
    this.emit('state', state);
  }
}

/** The pace of asking, in milliseconds, as that of a listener. */
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 2_500;

function sameTarget(one: Target | undefined, other: Target | undefined): boolean {
  return one?.host === other?.host && one?.port === other?.port;
}

function stopped(): NodeJS.ErrnoException {
  return Object.assign(new Error('The manager stops'), { code: 'ECONNABORTED' });
}
