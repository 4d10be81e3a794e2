/**
 * The connections of one hybrid connection, from a sender that waits at the relay to the end of its tunnel.
 *
 * When the relay announces a sender, the target is dialled while the listener dials the rendezvous. Only then does the
 * listener complete the upgrade: as an accept, and the two are spliced, or as a reject that says why the target could
 * not be reached, so that the application gets the target's own failure and not a connection that ends at once.
 *
 * The administrator's policy is asked at each dial, about the name and about every address that it leads to, and once more about
 * the address that the connection has.
 * @module
 */
import type { LookupFunction } from 'node:net';
import type { IncomingConnection } from '@hybridge/listener';
import { describeTargetFailure } from '@hybridge/protocol';
import type { Conduit, OpeningChannel, Splice } from '@hybridge/socket';
import type { Denial, Policy } from '../policy/policy.js';
import { targetAdvice } from '../status/advice.js';
import type {
  ConnectionCounters,
  ForwardedConnection,
  ForwardedConnectionEnd,
  ForwardedSender,
  PolicyViolation,
  RefusedSender,
  TargetFailure,
} from '../status/connection-status.js';
import { guardedLookup } from '../target/guarded-lookup.js';
import { PolicyViolationError, violationOf } from '../target/policy-violation.js';
import { dialTarget, formatTarget, type Target } from '../target/target.js';
import { LiveTunnel } from './live-tunnel.js';

/** What tunnels are made with, and whom they tell. */
export interface TunnelsOptions {
  readonly timeoutMs: () => number;
  readonly policy: () => Policy;
  readonly lookup: LookupFunction;
  readonly splice: (near: Conduit, tunnel: OpeningChannel) => Splice;
  readonly onOpen: (connection: ForwardedConnection) => void;
  readonly onEnd: (end: ForwardedConnectionEnd) => void;
  readonly onTargetFailure: (failure: TargetFailure, sender: RefusedSender) => void;
  readonly onViolation: (violation: PolicyViolation) => void;
}

/** Everything that is being dialled or is open. */
export class Tunnels {
  /** The last time that the target could not be reached or resolved; `undefined` again once it can be. */
  targetFailure: TargetFailure | undefined;
  readonly #options: TunnelsOptions;
  readonly #live = new Set<LiveTunnel>();
  /** Called when nothing of that is left. */
  readonly #whenIdle: (() => void)[] = [];
  readonly #totals = { connections: 0, targetFailures: 0, tunnelFailures: 0, toTarget: 0, fromTarget: 0 };

  constructor(options: TunnelsOptions) {
    this.#options = options;
  }

  /** From a sender that waits at the relay to a connection to the target, or a reason why there is none. */
  async lead(incoming: IncomingConnection, target: Target): Promise<void> {
    const { policy, lookup, timeoutMs } = this.#options;
    const denial = policy().target(target);
    if (denial !== undefined) return this.#violated(incoming, violationOf(denial, 'dial', target), target);
    const dial = dialTarget(target, {
      timeoutMs: timeoutMs(),
      lookup: guardedLookup(target, policy, lookup),
    });
    const live = new LiveTunnel(incoming, target, dial);
    this.#live.add(live);
    let near: Conduit;
    try {
      near = await dial.connected;
    } catch (error) {
      this.#over(live);
      if (error instanceof PolicyViolationError) this.#violated(incoming, error.violation, target);
      else this.#reject(incoming, error as Error, target);
      return;
    }
    live.address = near.socket.remoteAddress;
    const refused = denialOf(live, policy());
    if (refused !== undefined) {
      near.destroy();
      this.#over(live);
      return this.#violated(incoming, violationOf(refused, 'dial', target, live.address), target);
    }
    this.targetFailure = undefined;
    if (incoming.state === 'waiting') {
      this.#join(live, incoming, near);
    } else {
      // The relay waits half a minute; the sender has been told by now.
      near.destroy();
      this.#over(live);
    }
  }

  /**
   * The target's name was resolved, beside the dials.
   * @param failure - why it leads nowhere
   * @returns that as a problem to tell of, unless it was known
   */
  named(target: Target | undefined, failure: Error | undefined): Error | undefined {
    const known = this.targetFailure?.message;
    if (failure === undefined || target === undefined) {
      if (isUnresolved(this.targetFailure?.code)) this.targetFailure = undefined;
      return undefined;
    }
    this.targetFailure = { at: new Date(), ...told(failure), advice: targetAdvice(failure, target) };
    if (this.targetFailure.message === known) return undefined;
    return new Error(`The target's name cannot be resolved here: ${failure.message}`, { cause: failure });
  }

  /** Cuts everything. */
  cut(error: Error): void {
    for (const live of [...this.#live]) live.cut(error);
  }

  /** Cuts what the policy does not allow any more. */
  enforce(): void {
    const policy = this.#options.policy();
    for (const live of [...this.#live]) {
      const denial = denialOf(live, policy);
      if (denial !== undefined)
        live.cut(new PolicyViolationError(violationOf(denial, 'dial', live.target, live.address)));
    }
  }

  /** Resolves when nothing is open. */
  async idle(): Promise<void> {
    if (this.#live.size === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** What went over them so far. */
  counters(): ConnectionCounters {
    const { connections, targetFailures, tunnelFailures, toTarget, fromTarget } = this.#totals;
    const open = [...this.#live].flatMap(({ splice: joined }) => joined ?? []);
    return {
      connections,
      open: open.length,
      targetFailures,
      tunnelFailures,
      bytesToTarget: open.reduce((sum, { bytesFromTunnel }) => sum + bytesFromTunnel, toTarget),
      bytesFromTarget: open.reduce((sum, { bytesToTunnel }) => sum + bytesToTunnel, fromTarget),
    };
  }

  #join(live: LiveTunnel, incoming: IncomingConnection, near: Conduit): void {
    const joined = this.#options.splice(near, incoming.acceptChannel());
    live.open(near, joined);
    this.#totals.connections += 1;
    this.#options.onOpen(live.told());
    void joined.closed.then((end) => {
      this.#over(live);
      this.#totals.toTarget += end.bytesFromTunnel;
      this.#totals.fromTarget += end.bytesToTunnel;
      if (end.reason === 'tunnel failed') this.#totals.tunnelFailures += 1;
      this.#options.onEnd(live.toldOf(end));
    });
  }

  #over(live: LiveTunnel): void {
    this.#live.delete(live);
    if (this.#live.size > 0) return;
    for (const idle of this.#whenIdle.splice(0)) idle();
  }

  #reject(incoming: IncomingConnection, error: Error, target: Target, violation?: PolicyViolation): void {
    const { status, description } = describeTargetFailure(error);
    if (incoming.state === 'waiting') incoming.reject(status, description);
    const failure = { at: new Date(), ...told(error), advice: targetAdvice(error, target) };
    this.targetFailure = failure;
    this.#totals.targetFailures += 1;
    this.#options.onTargetFailure(failure, {
      ...senderOf(incoming, target),
      ...(violation && { violation }),
    });
  }

  #violated(incoming: IncomingConnection, violated: PolicyViolation, target: Target): void {
    this.#reject(incoming, new PolicyViolationError(violated), target, violated);
    this.#options.onViolation(violated);
  }
}

function senderOf({ id, rendezvousId, remoteEndpoint }: IncomingConnection, target: Target): ForwardedSender {
  return { id, rendezvousId, remoteEndpoint, target: formatTarget(target) };
}

function denialOf({ target, address }: LiveTunnel, policy: Policy): Denial | undefined {
  return policy.target(target) ?? (address === undefined ? undefined : policy.address(target, address));
}

/** Node's words for a name that leads nowhere. */
function isUnresolved(code: string | undefined): boolean {
  return code === 'ENOTFOUND' || code?.startsWith('EAI_') === true;
}

/** Node tries all addresses of a name, and then its error has a code, no message, and the errors of each attempt. */
function told(error: Error): Pick<TargetFailure, 'code' | 'message'> {
  const code = (error as NodeJS.ErrnoException).code ?? 'EHOSTUNREACH';
  const attempts =
    error instanceof AggregateError ? error.errors.map((each: Error) => each.message).join('; ') : '';
  return { code, message: error.message || attempts || code };
}
