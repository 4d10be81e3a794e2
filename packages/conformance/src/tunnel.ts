/**
 * An in-process relay and manager in front of a target: the whole way but for the process boundaries.
 * @module
 */
import { HybridConnectionManager, managerConfig } from '@hybridge/manager';
import { type HybridConnectionOptions, type RelayServer, startRelay } from '@hybridge/relay';
import { generateKey } from '@hybridge/sas';
import { until } from './deadline.js';
import { freePort } from './services/server-process.js';

const ONLINE_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 30_000;

/** A way to one target, and two ways to nothing. */
export class Tunnel {
  /** For senders: leads to the target. */
  readonly connectionString: string;
  /** For senders: nobody listens there. */
  readonly unusedConnectionString: string;
  /** For senders: a manager listens, and its target refuses connections. */
  readonly refusingConnectionString: string;
  #relay: RelayServer;
  readonly #hybridConnections: readonly HybridConnectionOptions[];
  readonly #manager: HybridConnectionManager;

  /** Starts both and waits until the manager is online. */
  static async open(target: { readonly host: string; readonly port: number }): Promise<Tunnel> {
    const hybridConnections = ['db', 'unused', 'refusing'].map(withKeys);
    const relay = await startRelay({ hybridConnections });
    const closedPort = await freePort();
    const manager = new HybridConnectionManager(
      managerConfig({
        connections: [
          { connectionString: listener(relay, 'db'), endpoint: `${target.host}:${target.port}` },
          { connectionString: listener(relay, 'refusing'), endpoint: `127.0.0.1:${closedPort}` },
        ],
      }),
    );
    manager.start();
    for (const { name, state } of await manager.settled({ timeoutMs: ONLINE_TIMEOUT_MS })) {
      if (state.name !== 'online') throw new Error(`${name} is ${state.name}`);
    }
    return new Tunnel(relay, manager, hybridConnections);
  }

  private constructor(
    relay: RelayServer,
    manager: HybridConnectionManager,
    hybridConnections: readonly HybridConnectionOptions[],
  ) {
    this.#relay = relay;
    this.#hybridConnections = hybridConnections;
    this.#manager = manager;
    this.connectionString = relay.connectionString('db', 'defaultSender');
    this.unusedConnectionString = relay.connectionString('unused', 'defaultSender');
    this.refusingConnectionString = relay.connectionString('refusing', 'defaultSender');
  }

  /** Waits until every connection through it has been closed by its owner. */
  async idle(): Promise<void> {
    await until(() => this.openConnections === 0, IDLE_TIMEOUT_MS, 'the connections to be closed');
  }

  /** How many connections are open through it. */
  get openConnections(): number {
    return this.#manager.status().reduce((sum, { counters }) => sum + counters.open, 0);
  }

  /** Ends the relay with all that goes through it, and starts it again at the same place, with the same keys. */
  async restartRelay(): Promise<void> {
    const port = Number(new URL(this.#relay.url).port);
    await this.#relay.close({ graceMs: 0 });
    this.#relay = await startRelay({ hybridConnections: this.#hybridConnections, listen: { port } });
  }

  async close(): Promise<void> {
    await this.#manager.stop({ graceMs: 0 });
    await this.#relay.close({ graceMs: 0 });
  }
}

function listener(relay: RelayServer, hybridConnection: string): string {
  return relay.connectionString(hybridConnection, 'defaultListener');
}

function withKeys(name: string): HybridConnectionOptions {
  return {
    name,
    authorizationRules: [
      { name: 'defaultListener', rights: ['Listen'], primaryKey: generateKey() },
      { name: 'defaultSender', rights: ['Send'], primaryKey: generateKey() },
    ],
  };
}
