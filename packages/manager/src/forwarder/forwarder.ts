/**
 * One hybrid connection, led to its one target: from what is configured, over what the policy allows and what the relay says, to a
 * place at the relay.
 *
 * `#open` begins an attempt, `#admit` asks the policy about the target, `#hold` takes the place; each ends the attempt when it cannot
 * go on, in a state that says why and when it is tried again. Everything else here is what may come from outside: a changed
 * configuration, a changed policy, a changed network. When something is tried is in `attempts.ts`, what is said of it in `standing.ts`.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import type { EntityDescription } from '@hybridge/diagnosis';
import { ManagerConfigError } from '../config/config-error.js';
import type { ConnectionConfig } from '../config/manager-config.js';
import { ProbeAnswers } from '../probe/probe-answers.js';
import { DISCONTINUED_RETRY_MS, Discontinuation } from '../registration/discontinued.js';
import { HeldPlace } from '../registration/held-place.js';
import { isRefusal, REFUSED_RETRY_MS, type RegistrationState } from '../registration/registration.js';
import type { ConnectionState, ConnectionStatus, PolicyViolation } from '../status/connection-status.js';
import { Traffic } from '../status/traffic.js';
import { lookAt } from '../target/guarded-lookup.js';
import { targetIn } from '../target/named-target.js';
import { PolicyViolationError, violationOf } from '../target/policy-violation.js';
import { formatTarget, type Target } from '../target/target.js';
import { Attempts } from './attempts.js';
import {
  type ForwarderEvents,
  type ForwarderOptions,
  type ForwarderParts,
  listenerId,
  PARTS,
} from './forwarder-parts.js';
import { RelayEnquiry } from './relay-enquiry.js';
import { Standing } from './standing.js';
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
  readonly #attempts = new Attempts();
  readonly #standing: Standing;
  /** Where connections are led: as configured, or else as the relay said last. */
  #target: Target | undefined;
  /** The resolver is being asked: one that does not answer is not asked again meanwhile. */
  #isLooking = false;

  constructor(config: ConnectionConfig, options: ForwarderOptions, parts: Partial<ForwarderParts> = {}) {
    super();
    this.#config = config;
    this.#options = options;
    this.#parts = { ...PARTS, managerKey: randomUUID(), ...parts };
    this.#standing = new Standing(
      () => this.#config,
      (state) => this.emit('state', state),
    );
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
    if (this.state.name === 'stopped') this.#open();
  }

  /**
   * Takes no new connection, gives the open ones their time, then cuts them. Calling it again with less time shortens it.
   * @param options - how.
   * @param options.graceMs - milliseconds until open connections are cut.
   */
  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#attempts.begin();
    if (this.state.name !== 'stopping') this.#standing.move({ name: 'stopping' });
    this.#answers.cut();
    const cut = setTimeout(() => this.#tunnels.cut(stopped()), graceMs);
    await Promise.all([this.#place.close(graceMs), this.#tunnels.idle()]);
    clearTimeout(cut);
    if (this.state.name === 'stopping') this.#standing.move({ name: 'stopped' });
  }

  /**
   * Goes on with another configuration of the same hybrid connection. Connections that are open stay. A changed key, or way to
   * the relay, is tried beside the former one, which stays until the relay has taken it.
   */
  update(config: ConnectionConfig, options: ForwarderOptions): void {
    const before = this.#config;
    this.#config = config;
    this.#options = options;
    this.#standing.forget();
    if (!this.#standing.isRunning) return;
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
    if (!this.#standing.isRunning) return;
    this.#attempts.succeeded();
    this.#attempts.begin();
    this.#place.leave();
    // Whatever it waited for, it is tried now, and said to be.
    this.#standing.forget();
    this.#standing.move({ name: 'resolving', attempt: 1 });
    this.#open();
  }

  /** The policy is another one: what it does not allow any more ends at once. */
  policyChanged(): void {
    const denial = this.#parts.policy().relay(this.#config.namespace);
    if (!this.#standing.isRunning) {
      // What is left of it, when it is about to stop.
      if (denial === undefined) this.#tunnels.enforce();
      else this.#tunnels.cut(new PolicyViolationError(violationOf(denial, 'registration')));
    } else if (denial !== undefined) {
      this.#block(violationOf(denial, 'registration'));
    } else {
      this.#tunnels.enforce();
      if (this.#place.isHeld && this.#target !== undefined) this.#admit(this.#target);
      else this.#open();
    }
  }

  /** The network may be another one: finds out at once whether the relay is still there, or back. */
  probe(): void {
    this.#place.probe();
    const { state } = this;
    if (this.#place.isHeld || state.name === 'refused') return;
    if ('retryAt' in state && state.retryAt !== undefined) this.#open();
  }

  /** Notes what went over it so far. To be called every few seconds. */
  sample(): void {
    this.#traffic.sample(this.#tunnels.counters());
  }

  /** How it stands now. */
  get state(): ConnectionState {
    return this.#standing.state;
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
      state: this.state,
      ...(replacement && { replacement: this.#standing.worded(replacement) }),
      ...this.#enquiry.found,
      counters: this.#tunnels.counters(),
      traffic: this.#traffic.status(),
      ...(targetFailure && { targetFailure }),
    };
  }

  #open(): void {
    const signal = this.#attempts.begin();
    const denial = this.#parts.policy().relay(this.#config.namespace);
    if (denial !== undefined) {
      this.#block(violationOf(denial, 'registration'));
      return;
    }
    const { target } = this.#config;
    if (target !== undefined && this.state.name !== 'discontinued') {
      this.#admit(target);
      return;
    }
    this.#standing.resolving(this.#attempts.number);
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
      this.#block(violationOf(denial, 'registration', target), retryMs);
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
    const signal = this.#attempts.begin();
    if (!this.#place.isHeld) this.#standing.resolving(this.#attempts.number);
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
      if (this.#standing.isRunning && sameTarget(target, this.#target)) this.#named(failure);
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
      this.#attempts.succeeded();
      this.#discontinuation.reached();
      this.#standing.move(state);
      void this.#refresh();
      return;
    }
    if (state.name === 'waiting' && this.#isDiscontinued(state.because)) return;
    this.#standing.move(this.#standing.worded(state));
  }

  /** Asks the relay again: the endpoint may be another one, and others may listen by now. */
  async #refresh(): Promise<void> {
    const signal = this.#attempts.begin();
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
    this.#attempts.next(REFRESH_MS, () => {
      if (this.state.name === 'online') void this.#refresh();
    });
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
    this.#standing.failed('waiting', because, this.#openAgain(this.#attempts.failed()));
  }

  #refused(because: Error): void {
    this.#place.leave();
    this.#standing.failed('refused', because, this.#openAgain(REFUSED_RETRY_MS));
  }

  #isDiscontinued(because: Error): boolean {
    const statement = this.#discontinuation.failed(because, this.#config.namespace);
    if (statement === undefined) return false;
    this.#place.leave();
    this.#standing.discontinued(statement, because, this.#openAgain(DISCONTINUED_RETRY_MS));
    return true;
  }

  /** Leaves the relay because of the policy. @param retryMs - when something else than the policy can change that */
  #block(violation: PolicyViolation, retryMs?: number): void {
    if (!this.#standing.isRunning && this.state.name !== 'stopped') return;
    this.#attempts.begin();
    this.#answers.cut();
    this.#place.leave();
    if (this.#parts.policy().relay(this.#config.namespace) === undefined) this.#tunnels.enforce();
    else this.#tunnels.cut(new PolicyViolationError(violation));
    const retryAt = retryMs === undefined ? undefined : this.#openAgain(retryMs);
    if (!this.#standing.isBlockedBy(violation)) this.emit('policyViolation', violation);
    this.#standing.blocked(violation, retryAt);
  }

  /** @returns when */
  #openAgain(delayMs: number): Date {
    return this.#attempts.next(delayMs, () => this.#open());
  }
}

function sameTarget(one: Target | undefined, other: Target | undefined): boolean {
  return one?.host === other?.host && one?.port === other?.port;
}

function stopped(): NodeJS.ErrnoException {
  return Object.assign(new Error('The manager stops'), { code: 'ECONNABORTED' });
}
