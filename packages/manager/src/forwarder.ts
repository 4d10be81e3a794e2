/**
 * One hybrid connection, led to its one target.
 *
 * When the relay announces a sender, the target is dialled while the listener dials the rendezvous. Only then does the
 * listener complete the upgrade: as an accept, and the two are spliced, or as a reject that says why the target could
 * not be reached, so that the application gets the target's own failure and not a connection that ends at once.
 *
 * The listener keeps the control channel and comes back by itself. What it treats as final (the relay refuses the
 * key or does not know the name) is tried again from here, slowly: keys and names are mended on the relay's side.
 * @module
 */
import { EventEmitter } from 'node:events';
import { HybridConnectionListener, type IncomingConnection, type ListenerState } from '@hybridge/listener';
import { describeTargetFailure } from '@hybridge/protocol';
import {
  type Conduit,
  type OpeningChannel,
  type Splice,
  type SpliceEnd,
  splice,
  type TransportOptions,
} from '@hybridge/socket';
import type {
  ConnectionState,
  ConnectionStatus,
  ForwardedConnection,
  ForwardedConnectionEnd,
  TargetFailure,
} from './connection-status.js';
import type { ConnectionConfig } from './manager-config.js';
import { dialTarget, formatTarget } from './target.js';

/** What a forwarder tells. */
export interface ForwarderEvents {
  /** Its state is another one. */
  state: [state: ConnectionState];
  /** A sender reached the target. */
  open: [connection: ForwardedConnection];
  /** That connection is over. */
  end: [connection: ForwardedConnectionEnd];
  /** The target could not be reached, and the sender was told so. */
  targetFailure: [failure: TargetFailure, connection: Pick<ForwardedConnection, 'id' | 'remoteEndpoint'>];
  /** A problem of one connection or message on the way to the relay, which touches nothing else. */
  warning: [problem: Error];
}

/** How a forwarder dials. */
export interface ForwarderOptions {
  /** Milliseconds that the target has to answer. */
  readonly targetTimeoutMs: number;
  /** How the relay is reached. */
  readonly transport?: TransportOptions;
  /** How many connections to the relay are kept dialled ahead. */
  readonly preconnect?: number;
  /** Whether senders of ours may have many streams in one rendezvous. */
  readonly multiplex?: boolean;
}

/** The part of a listener that a forwarder uses. */
export interface ListenerPort {
  on(event: 'state', heard: (state: ListenerState) => void): unknown;
  on(event: 'warning' | 'error', heard: (problem: Error) => void): unknown;
  listen(): Promise<void>;
  close(options: { readonly graceMs: number }): Promise<void>;
}

/** What a forwarder is made of; exchanged in tests. */
export interface ForwarderParts {
  readonly listener: (
    config: ConnectionConfig,
    options: ForwarderOptions,
    accept: (incoming: IncomingConnection) => Promise<void>,
  ) => ListenerPort;
  readonly splice: (near: Conduit, tunnel: OpeningChannel) => Splice;
}

/** How long after a refusal by the relay the next attempt is made: often enough for a person who has just mended it. */
export const REFUSED_RETRY_MS = 15_000;

/** Holds one hybrid connection and leads what comes in to its target. */
export class Forwarder extends EventEmitter<ForwarderEvents> {
  readonly #config: ConnectionConfig;
  readonly #options: ForwarderOptions;
  readonly #parts: ForwarderParts;
  #state: ConnectionState = { name: 'stopped' };
  #listener: ListenerPort | undefined;
  #retry: NodeJS.Timeout | undefined;
  #targetFailure: TargetFailure | undefined;
  /** Everything that is being dialled or is open. */
  readonly #live = new Set<Live>();
  /** Called when nothing of that is left. */
  readonly #whenIdle: (() => void)[] = [];
  readonly #totals = { connections: 0, targetFailures: 0, tunnelFailures: 0, toTarget: 0, fromTarget: 0 };

  constructor(config: ConnectionConfig, options: ForwarderOptions, parts: ForwarderParts = PARTS) {
    super();
    this.#config = config;
    this.#options = options;
    this.#parts = parts;
  }

  /** Begins to hold the hybrid connection. Returns at once; events and {@link Forwarder.status} tell the rest. */
  start(): void {
    if (this.#state.name !== 'stopped') return;
    this.#listen();
  }

  /**
   * Takes no new connection, gives the open ones their time, then cuts them. Calling it again with less time shortens it.
   * @param options - how.
   * @param options.graceMs - milliseconds until open connections are cut.
   */
  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#state.name !== 'stopping') this.#move({ name: 'stopping' });
    const cut = setTimeout(() => {
      for (const live of this.#live) live.cut();
    }, graceMs);
    await Promise.all([this.#listener?.close({ graceMs }), this.#allOver()]);
    clearTimeout(cut);
    this.#listener = undefined;
    if (this.#state.name === 'stopping') this.#move({ name: 'stopped' });
  }

  /** How it stands now. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Everything that is known about it, at this moment. */
  status(): ConnectionStatus {
    const { name, namespace, hybridConnection, target } = this.#config;
    const { connections, targetFailures, tunnelFailures, toTarget, fromTarget } = this.#totals;
    const open = [...this.#live].flatMap(({ splice: joined }) => joined ?? []);
    return {
      name,
      namespace,
      hybridConnection,
      target: formatTarget(target),
      state: this.#state,
      counters: {
        connections,
        open: open.length,
        targetFailures,
        tunnelFailures,
        bytesToTarget: open.reduce((sum, { bytesFromTunnel }) => sum + bytesFromTunnel, toTarget),
        bytesFromTarget: open.reduce((sum, { bytesToTunnel }) => sum + bytesToTunnel, fromTarget),
      },
      ...(this.#targetFailure && { targetFailure: this.#targetFailure }),
    };
  }

  #listen(): void {
    const listener = this.#parts.listener(this.#config, this.#options, (incoming) => this.#lead(incoming));
    this.#listener = listener;
    listener.on('state', (state) => this.#follow(state));
    listener.on('warning', (problem) => this.emit('warning', problem));
    // Both say the same as the state `closed` that they come with.
    listener.on('error', () => undefined);
    listener.listen().catch(() => undefined);
  }

  /** The listener's states, as this module's. */
  #follow(state: ListenerState): void {
    if (this.#state.name === 'stopping') return;
    switch (state.name) {
      case 'connecting':
        this.#move({ name: 'connecting', attempt: state.attempt });
        break;
      case 'online':
        // Told again at each renewal of the token.
        if (this.#state.name !== 'online') this.#move({ name: 'online', since: state.since });
        break;
      case 'waiting':
        this.#move({ name: 'waiting', retryAt: state.retryAt, because: state.because });
        break;
      case 'closed':
        if (state.because !== undefined) this.#refused(state.because);
        break;
    }
  }

  #refused(because: Error): void {
    this.#move({ name: 'refused', because, retryAt: new Date(Date.now() + REFUSED_RETRY_MS) });
    this.#retry = setTimeout(() => this.#listen(), REFUSED_RETRY_MS);
  }

  /** From a sender that waits at the relay to a connection to the target, or a reason why there is none. */
  async #lead(incoming: IncomingConnection): Promise<void> {
    const { targetTimeoutMs: timeoutMs } = this.#options;
    const dial = dialTarget(this.#config.target, { timeoutMs });
    const live: Live = { cut: () => dial.abort(stopped()) };
    this.#live.add(live);
    let target: Conduit;
    try {
      target = await dial.connected;
    } catch (error) {
      this.#over(live);
      this.#reject(incoming, error as Error);
      return;
    }
    this.#targetFailure = undefined;
    if (incoming.state === 'waiting') {
      this.#join(live, incoming, target);
    } else {
      // The relay waits half a minute; the sender has been told by now.
      target.destroy();
      this.#over(live);
    }
  }

  #join(live: Live, incoming: IncomingConnection, target: Conduit): void {
    const joined = this.#parts.splice(target, incoming.acceptChannel());
    live.splice = joined;
    live.cut = () => joined.destroy(stopped());
    const { id, remoteEndpoint } = incoming;
    const connection: ForwardedConnection = { id, remoteEndpoint, openedAt: new Date() };
    this.#totals.connections += 1;
    this.emit('open', connection);
    void joined.closed.then((end) => {
      this.#over(live);
      this.#totals.toTarget += end.bytesFromTunnel;
      this.#totals.fromTarget += end.bytesToTunnel;
      if (end.reason === 'tunnel failed') this.#totals.tunnelFailures += 1;
      this.emit('end', ending(connection, end));
    });
  }

  async #allOver(): Promise<void> {
    if (this.#live.size === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #over(live: Live): void {
    this.#live.delete(live);
    if (this.#live.size > 0) return;
    for (const idle of this.#whenIdle.splice(0)) idle();
  }

  #reject(incoming: IncomingConnection, error: Error): void {
    const { status, description } = describeTargetFailure(error);
    if (incoming.state === 'waiting') incoming.reject(status, description);
    const failure = { at: new Date(), ...told(error) };
    this.#targetFailure = failure;
    this.#totals.targetFailures += 1;
    this.emit('targetFailure', failure, { id: incoming.id, remoteEndpoint: incoming.remoteEndpoint });
  }

  #move(state: ConnectionState): void {
    this.#state = state;
    this.emit('state', state);
  }
}

/** A connection that is being dialled (no splice yet) or is open. */
interface Live {
  splice?: Splice;
  cut: () => void;
}

const PARTS: ForwarderParts = {
  listener: ({ connectionString }, { transport, preconnect, multiplex }, acceptHandler) =>
    new HybridConnectionListener({ connectionString, acceptHandler, ...transport, preconnect, multiplex }),
  splice,
};

const REASONS = {
  finished: 'finished',
  'near failed': 'target failed',
  'tunnel failed': 'tunnel failed',
  local: 'stopped',
} as const satisfies Record<SpliceEnd['reason'], ForwardedConnectionEnd['reason']>;

function ending(connection: ForwardedConnection, end: SpliceEnd): ForwardedConnectionEnd {
  return {
    ...connection,
    reason: REASONS[end.reason],
    error: end.error,
    bytesToTarget: end.bytesFromTunnel,
    bytesFromTarget: end.bytesToTunnel,
    durationMs: Date.now() - connection.openedAt.getTime(),
  };
}

/** Node tries all addresses of a name, and then its error has a code, no message, and the errors of each attempt. */
function told(error: Error): Pick<TargetFailure, 'code' | 'message'> {
  const code = (error as NodeJS.ErrnoException).code ?? 'EHOSTUNREACH';
  const attempts =
    error instanceof AggregateError ? error.errors.map((each: Error) => each.message).join('; ') : '';
  return { code, message: error.message || attempts || code };
}

function stopped(): NodeJS.ErrnoException {
  return Object.assign(new Error('The manager stops'), { code: 'ECONNABORTED' });
}
