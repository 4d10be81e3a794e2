/**
 * The Hybrid Connection Manager: a {@link Forwarder} for each hybrid connection of a configuration.
 *
 * One that fails, or is changed, does not disturb the others.
 * @module
 */
import { EventEmitter } from 'node:events';
import type { LookupFunction } from 'node:net';
import { diagnoseForwarding, diagnoseTarget, type Step } from '@hybridge/diagnosis';
import { entityKey } from '@hybridge/protocol';
import type { ConnectionConfig, ManagerConfig } from './config/manager-config.js';
import { Forwarder } from './forwarder/forwarder.js';
import type { PolicyFileOptions } from './policy/policy-file.js';
import { PolicyWatch } from './policy/policy-watch.js';
import type { ProbeAnswered } from './probe/probe-answers.js';
import { policyCheck } from './probe/probe-findings.js';
import { type ManagerKey, takeManagerKey } from './registration/manager-key.js';
import { connectionId } from './status/connection-id.js';
import type {
  ConnectionState,
  ConnectionStatus,
  ForwardedConnection,
  ForwardedConnectionEnd,
  PolicyViolation,
  RefusedSender,
  TargetFailure,
} from './status/connection-status.js';
import { LOOKUP } from './target/guarded-lookup.js';
import type { Target } from './target/target.js';
import { WakeWatch } from './wake-watch.js';

/**
 * What a manager tells. Where it is about a hybrid connection, the first argument is its name in the configuration and the last its id,
 * `namespace/hybridConnection` in small letters: what is taken out of the configuration may have open connections for a while, and its
 * name may mean another one by then.
 */
export interface ManagerEvents {
  /** A hybrid connection's state is another one. */
  state: [name: string, state: ConnectionState, id: string];
  /** A sender reached its target. */
  open: [name: string, connection: ForwardedConnection, id: string];
  /** That connection is over. */
  end: [name: string, connection: ForwardedConnectionEnd, id: string];
  /** A target could not be reached, and the sender was told so. */
  targetFailure: [name: string, failure: TargetFailure, sender: RefusedSender, id: string];
  /** A sender that diagnoses was told how it stands here. */
  diagnosis: [name: string, answered: ProbeAnswered, id: string];
  /** The administrator's policy did not let something happen. */
  policyViolation: [name: string, violation: PolicyViolation, id: string];
  /** A problem of one connection or message on the way to the relay, which touches nothing else. */
  warning: [name: string, problem: Error, id: string];
  /** The administrator's policy was read again. */
  policy: [policy: PolicyStatus];
  /** Another configuration holds; it may hold keys. */
  configuration: [change: ConfigChange, config: ManagerConfig, by: string];
}

/** What holds of the administrator's policy. */
export interface PolicyStatus {
  /** The file; `undefined` when there is none. */
  readonly path: string | undefined;
  /** Why nothing is allowed: the file is there and cannot be used. */
  readonly unusable: string | undefined;
  /** Whether there may be a user interface. */
  readonly ui: boolean;
  /** Whether the manager may look for newer versions of itself. */
  readonly updates: boolean;
}

/** How a manager lives on its machine. */
export interface ManagerOptions {
  /**
   * A folder of this manager's own, in which it keeps what makes it the same manager when it comes back: it then takes over
   * the places that it still has at the relays.
   * @defaultValue nothing is kept
   */
  readonly dataDir?: string | undefined;
  /** Where the administrator's policy is. For tests. @defaultValue the place that the system has for it */
  readonly policyFile?: PolicyFileOptions | undefined;
  /** Resolves the names of targets, for tests. @defaultValue `dns.lookup` */
  readonly lookup?: LookupFunction | undefined;
}

/** What a changed configuration came to; names of the configuration. */
export interface ConfigChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Something of it is another one; what is open goes on. */
  readonly changed: readonly string[];
}

/** How often it is noted what went over, in milliseconds. */
const SAMPLE_MS = 5_000;
/** How long the connections of a removed hybrid connection may go on, in milliseconds, unless something else is said. */
const REMOVED_GRACE_MS = 8_000;

/** Holds hybrid connections, and leads each to its target. */
export class HybridConnectionManager extends EventEmitter<ManagerEvents> {
  #config: ManagerConfig;
  readonly #lookup: LookupFunction;
  readonly #policy: PolicyWatch;
  readonly #key: ManagerKey;
  /** By relay and hybrid connection, in the order of the configuration. */
  #forwarders = new Map<string, Forwarder>();
  /** Removed ones, whose connections go on for a while. */
  readonly #leaving = new Set<Forwarder>();
  #running: { readonly wake: WakeWatch; readonly sampling: NodeJS.Timeout } | undefined;

  /** What the policy has against an address of a target. */
  readonly #check = policyCheck(() => this.#policy.found.policy);

  /**
   * @param config - from `loadManagerConfig` or `managerConfig`.
   * @param options - how it lives on its machine.
   */
  constructor(config: ManagerConfig, options: ManagerOptions = {}) {
    super();
    this.#config = config;
    this.#lookup = options.lookup ?? LOOKUP;
    this.#policy = new PolicyWatch(options.policyFile);
    this.#key = takeManagerKey(options.dataDir);
    for (const connection of config.connections) {
      this.#forwarders.set(keyOf(connection), this.#forwarder(connection));
    }
  }

  /** What it goes by. Holds keys. */
  get config(): ManagerConfig {
    return this.#config;
  }

  /** What works but should be looked at, one line each: of the configuration, the policy and the data folder. */
  get warnings(): readonly string[] {
    const { unusable } = this.#policy.found.policy;
    const { problem } = this.#key;
    return [...this.#config.warnings, ...(unusable ? [unusable] : []), ...(problem ? [problem] : [])];
  }

  /** Whether it has taken over from another process that is about to stop, and may have what that has. */
  get isSuccessor(): boolean {
    return this.#key.isShared && this.#key.problem === undefined;
  }

  /** Whether another process uses the data folder as well, if only for its last connections. */
  get isDataDirShared(): boolean {
    return this.#key.isShared;
  }

  /** What holds of the administrator's policy. */
  get policy(): PolicyStatus {
    const { path, policy } = this.#policy.found;
    return { path, unusable: policy.unusable, ui: policy.ui, updates: policy.updates };
  }

  /** Begins to hold every hybrid connection. Returns at once. */
  start(): void {
    if (this.#running !== undefined) return;
    this.#running = {
      wake: new WakeWatch({ onWake: () => this.probe() }),
      sampling: setInterval(() => this.#sample(), SAMPLE_MS).unref(),
    };
    this.#policy.start(() => this.#policyChanged());
    for (const forwarder of this.#forwarders.values()) forwarder.start();
  }

  /**
   * Goes on with another configuration. What it does not touch notices nothing; what it touches keeps its open connections, but for
   * those of a hybrid connection that is not in it any more, which have a while to finish. A changed key or way to the relay is
   * tried first: until the relay has taken it, the former one stays.
   * @param config - from `loadManagerConfig` or `managerConfig`.
   * @param options - how.
   * @param options.graceMs - milliseconds that connections of removed hybrid connections may go on; 8,000 unless given.
   * @param options.by - who wants it so, for the audit log; `program` unless given.
   */
  apply(
    config: ManagerConfig,
    { graceMs = REMOVED_GRACE_MS, by = 'program' }: { readonly graceMs?: number; readonly by?: string } = {},
  ): ConfigChange {
    const before = this.#config;
    const former = this.#forwarders;
    const change = { added: [] as string[], removed: [] as string[], changed: [] as string[] };
    this.#config = config;
    this.#forwarders = new Map(
      config.connections.map((each) => [keyOf(each), former.get(keyOf(each)) ?? this.#forwarder(each)]),
    );
    // First what goes: its name, and its place at the relay, may be another's now.
    for (const [key, forwarder] of former) {
      if (this.#forwarders.has(key)) continue;
      change.removed.push(forwarder.config.name);
      const stopped = forwarder.stop({ graceMs });
      this.#leaving.add(forwarder);
      void stopped.then(() => this.#leaving.delete(forwarder));
    }
    const areOptionsNew = JSON.stringify(optionsOf(before)) !== JSON.stringify(optionsOf(config));
    for (const connection of config.connections) {
      const forwarder = this.#forwarders.get(keyOf(connection))!;
      if (!former.has(keyOf(connection))) {
        change.added.push(connection.name);
        if (this.#running !== undefined) forwarder.start();
      } else if (areOptionsNew || JSON.stringify(forwarder.config) !== JSON.stringify(connection)) {
        change.changed.push(connection.name);
        forwarder.update(connection, config);
      }
    }
    this.emit('configuration', change, config, by);
    return change;
  }

  /** Reads the administrator's policy again, now rather than when its file is seen to have changed. */
  reloadPolicy(): void {
    this.#policy.reload();
    this.#policyChanged();
  }

  /**
   * Begins one hybrid connection anew, as if it had been taken out of the configuration and put back. What is open goes on.
   * @param name - as the configuration has it
   * @returns whether there is such a one
   */
  restart(name: string): boolean {
    const forwarder = this.#named(name);
    forwarder?.restart();
    return forwarder !== undefined;
  }

  /**
   * What the administrator's policy has against a relay, or a target.
   * @param place - what it is about
   * @param place.namespace - host of the relay
   * @param place.target - before its name is resolved
   * @returns a sentence; `undefined` where it has nothing against it
   */
  denial({
    namespace,
    target,
  }: {
    readonly namespace?: string;
    readonly target?: Target;
  }): string | undefined {
    const { policy } = this.#policy.found;
    const relay = namespace === undefined ? undefined : policy.relay(namespace);
    return (relay ?? (target === undefined ? undefined : policy.target(target)))?.message;
  }

  /**
   * Walks the way of one hybrid connection, as this manager has it: from this machine to its relay and to its target.
   * @param name - as the configuration has it
   * @param options - how
   * @param options.signal - ends it
   * @throws Error when there is no such hybrid connection; the reason of `signal`
   */
  test(name: string, { signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Step> {
    const forwarder = this.#named(name);
    if (forwarder === undefined) throw new Error(`There is no hybrid connection ${name}`);
    const { connectionString } = forwarder.config;
    return diagnoseForwarding({
      ...{ ...this.#config.transport, connectionString, target: forwarder.target, signal },
      ...{ check: this.#check, targetLookup: this.#lookup },
    });
  }

  /** Walks the way from this machine to a target. @throws the reason of `signal` */
  testTarget(target: Target, { signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Step> {
    return diagnoseTarget({ ...target, signal, check: this.#check, lookup: this.#lookup });
  }

  /** The network may be another one: finds out at once of every relay whether it is still there, or back. */
  probe(): void {
    for (const forwarder of this.#forwarders.values()) forwarder.probe();
  }

  /**
   * Waits until it is known of every hybrid connection whether it is online: until each is, or was refused by its
   * relay or the policy, or the time is over.
   * @param options - how.
   * @param options.timeoutMs - how long to wait for a relay that cannot be reached.
   * @returns the status of each, as then known.
   */
  async settled({ timeoutMs }: { readonly timeoutMs: number }): Promise<readonly ConnectionStatus[]> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(deadline);
        this.off('state', look);
        resolve();
      };
      const look = () => {
        if ([...this.#forwarders.values()].every(({ state }) => SETTLED.includes(state.name))) done();
      };
      const deadline = setTimeout(done, timeoutMs);
      this.on('state', look);
      look();
    });
    return this.status();
  }

  /**
   * Takes no new connections, gives the open ones their time, then cuts them.
   * @param options - how.
   * @param options.graceMs - milliseconds until open connections are cut; 0 cuts them at once.
   */
  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#running?.wake.close();
    clearInterval(this.#running?.sampling);
    this.#running = undefined;
    this.#policy.close();
    const all = [...this.#forwarders.values(), ...this.#leaving];
    const stopped = Promise.all(all.map((forwarder) => forwarder.stop({ graceMs })));
    // The places at the relays are given up: another manager may have them while the last connections finish.
    this.#key.leave();
    await stopped;
    this.#key.release();
  }

  /** How every hybrid connection stands, in the order of the configuration. */
  status(): readonly ConnectionStatus[] {
    return [...this.#forwarders.values()].map((forwarder) => forwarder.status());
  }

  #named(name: string): Forwarder | undefined {
    return [...this.#forwarders.values()].find(({ config }) => config.name === name);
  }

  #forwarder(connection: ConnectionConfig): Forwarder {
    const forwarder = new Forwarder(connection, this.#config, {
      lookup: this.#lookup,
      managerKey: this.#key.key,
      policy: () => this.#policy.found.policy,
    });
    const name = () => forwarder.config.name;
    const id = connectionId(connection);
    forwarder.on('state', (state) => {
      // That it is stopping was the last of it: by now it may be there once more, from the configuration's point of view.
      if (!this.#leaving.has(forwarder)) this.emit('state', name(), state, id);
    });
    forwarder.on('open', (opened) => this.emit('open', name(), opened, id));
    forwarder.on('end', (ended) => this.emit('end', name(), ended, id));
    forwarder.on('targetFailure', (failure, from) => this.emit('targetFailure', name(), failure, from, id));
    forwarder.on('diagnosis', (answered) => this.emit('diagnosis', name(), answered, id));
    forwarder.on('policyViolation', (violation) => this.emit('policyViolation', name(), violation, id));
    forwarder.on('warning', (problem) => this.emit('warning', name(), problem, id));
    return forwarder;
  }

  #sample(): void {
    for (const forwarder of this.#forwarders.values()) forwarder.sample();
  }

  #policyChanged(): void {
    this.emit('policy', this.policy);
    for (const forwarder of [...this.#forwarders.values(), ...this.#leaving]) forwarder.policyChanged();
  }
}

/** States that only time or a person changes. */
const SETTLED: readonly ConnectionState['name'][] = ['online', 'refused', 'blocked', 'discontinued'];

function keyOf({ namespace, hybridConnection }: ConnectionConfig): string {
  return `${namespace}/${entityKey(hybridConnection)}`;
}

/** What holds for all hybrid connections. */
function optionsOf({ targetTimeoutMs, transport, preconnect, multiplex, diagnosis }: ManagerConfig): object {
  return { targetTimeoutMs, transport, preconnect, multiplex, diagnosis };
}
