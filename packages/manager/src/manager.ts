/**
 * The Hybrid Connection Manager: a {@link Forwarder} for each hybrid connection of a configuration.
 *
 * One that fails does not disturb the others.
 * @module
 */
import { EventEmitter } from 'node:events';
import type {
  ConnectionState,
  ConnectionStatus,
  ForwardedConnection,
  ForwardedConnectionEnd,
  TargetFailure,
} from './connection-status.js';
import { Forwarder } from './forwarder.js';
import type { ManagerConfig } from './manager-config.js';

/** What a manager tells; the first argument is the hybrid connection's name in the configuration. */
export interface ManagerEvents {
  /** A hybrid connection's state is another one. */
  state: [name: string, state: ConnectionState];
  /** A sender reached its target. */
  open: [name: string, connection: ForwardedConnection];
  /** That connection is over. */
  end: [name: string, connection: ForwardedConnectionEnd];
  /** A target could not be reached, and the sender was told so. */
  targetFailure: [
    name: string,
    failure: TargetFailure,
    connection: Pick<ForwardedConnection, 'id' | 'remoteEndpoint'>,
  ];
  /** A problem of one connection or message on the way to the relay, which touches nothing else. */
  warning: [name: string, problem: Error];
}

/** Holds hybrid connections, and leads each to its target. */
export class HybridConnectionManager extends EventEmitter<ManagerEvents> {
  readonly #forwarders: readonly Forwarder[];

  /** @param config - from `loadManagerConfig` or `managerConfig`. */
  constructor(config: ManagerConfig) {
    super();
    this.#forwarders = config.connections.map((connection) => {
      const forwarder = new Forwarder(connection, config);
      const { name } = connection;
      forwarder.on('state', (state) => this.emit('state', name, state));
      forwarder.on('open', (opened) => this.emit('open', name, opened));
      forwarder.on('end', (ended) => this.emit('end', name, ended));
      forwarder.on('targetFailure', (failure, from) => this.emit('targetFailure', name, failure, from));
      forwarder.on('warning', (problem) => this.emit('warning', name, problem));
      return forwarder;
    });
  }

  /** Begins to hold every hybrid connection. Returns at once. */
  start(): void {
    for (const forwarder of this.#forwarders) forwarder.start();
  }

  /**
   * Waits until it is known of every hybrid connection whether it is online: until each is, or was refused by its
   * relay, or the time is over.
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
        if (this.#forwarders.every(({ state }) => state.name === 'online' || state.name === 'refused'))
          done();
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
    await Promise.all(this.#forwarders.map((forwarder) => forwarder.stop({ graceMs })));
  }

  /** How every hybrid connection stands, in the order of the configuration. */
  status(): readonly ConnectionStatus[] {
    return this.#forwarders.map((forwarder) => forwarder.status());
  }
}
