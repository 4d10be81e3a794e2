/**
 * One connection of a sender to the target, from its dial to its end.
 *
 * There may be thousands that do nothing, so it keeps no more than it must: what is told of it is made when it is told.
 * @module
 */
import type { IncomingConnection } from '@hybridge/listener';
import type { Conduit, Splice, SpliceEnd } from '@hybridge/socket';
import type {
  ForwardedConnection,
  ForwardedConnectionEnd,
  ForwardedSender,
} from '../status/connection-status.js';
import { formatTarget, type Target, type TargetDial } from '../target/target.js';

const REASONS = {
  finished: 'finished',
  'near failed': 'target failed',
  'tunnel failed': 'tunnel failed',
  local: 'stopped',
} as const satisfies Record<SpliceEnd['reason'], ForwardedConnectionEnd['reason']>;

/** A connection that is being dialled (no splice yet) or is open. */
export class LiveTunnel {
  readonly target: Target;
  /** Where it is connected to. */
  address: string | undefined;
  #dial: TargetDial | undefined;
  #splice: Splice | undefined;
  readonly #id: string;
  readonly #rendezvousId: string;
  readonly #remoteEndpoint: ForwardedSender['remoteEndpoint'];
  #localPort: number | undefined;
  #openedAtMs = 0;
  /** The same by a clock that nobody sets: one that is makes no tunnel longer or shorter. */
  #openedMs = 0;

  constructor({ id, rendezvousId, remoteEndpoint }: IncomingConnection, target: Target, dial: TargetDial) {
    this.target = target;
    this.#id = id;
    this.#rendezvousId = rendezvousId;
    this.#remoteEndpoint = remoteEndpoint;
    this.#dial = dial;
  }

  /** Once it is open. */
  get splice(): Splice | undefined {
    return this.#splice;
  }

  /** It is open. @param near - the connection to the target */
  open(near: Conduit, joined: Splice): void {
    this.#dial = undefined;
    this.#splice = joined;
    this.#localPort = near.socket.localPort;
    this.#openedAtMs = Date.now();
    this.#openedMs = performance.now();
  }

  /** Ends it, whether it is open or still being dialled. */
  cut(error: Error): void {
    this.#dial?.abort(error);
    this.#splice?.destroy(error);
  }

  /** What is told of it when it opens. */
  told(): ForwardedConnection {
    return {
      id: this.#id,
      rendezvousId: this.#rendezvousId,
      remoteEndpoint: this.#remoteEndpoint,
      target: formatTarget(this.target),
      address: this.address,
      localPort: this.#localPort,
      openedAt: new Date(this.#openedAtMs),
    };
  }

  /** What is told of its end. */
  toldOf(end: SpliceEnd): ForwardedConnectionEnd {
    return {
      ...this.told(),
      reason: REASONS[end.reason],
      error: end.error,
      bytesToTarget: end.bytesFromTunnel,
      bytesFromTarget: end.bytesToTunnel,
      durationMs: Math.round(performance.now() - this.#openedMs),
    };
  }
}
