/**
 * Private services by their private names: a relay and a manager in this process, and the configuration of an application
 * that may reach them.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HybridConnectionManager, managerConfig } from '@hybridge/manager';
import { type RelayServer, startRelay } from '@hybridge/relay';

const ONLINE_TIMEOUT_MS = 30_000;

/** A service of the other network. */
export interface PrivateService {
  /** Its hybrid connection. */
  readonly name: string;
  /** What the application connects to: a name that nobody can resolve, and a port. */
  readonly endpoint: string;
  /** Where it is, for the manager. */
  readonly address: string;
}

/** A network that is reached through a relay only. */
export class PrivateNetwork {
  readonly relay: RelayServer;
  /** Of the application; private to this account. */
  readonly folder: string;
  readonly #manager: HybridConnectionManager;

  /** Starts the relay and the manager, and waits until all services are reached. */
  static async open(services: readonly PrivateService[]): Promise<PrivateNetwork> {
    const relay = await startRelay({ hybridConnections: services.map(({ name }) => name) });
    const connections = services.map(({ name, address }) => ({
      connectionString: relay.connectionString(name, 'defaultListener'),
      endpoint: address,
    }));
    const manager = new HybridConnectionManager(managerConfig({ connections }));
    manager.start();
    for (const { name, state } of await manager.settled({ timeoutMs: ONLINE_TIMEOUT_MS })) {
      if (state.name !== 'online') throw new Error(`${name} is ${state.name}`);
    }
    return new PrivateNetwork(relay, manager);
  }

  private constructor(relay: RelayServer, manager: HybridConnectionManager) {
    this.relay = relay;
    this.#manager = manager;
    this.folder = mkdtempSync(join(tmpdir(), 'hybridge-unchanged-'));
  }

  /** What stands in an application's configuration for some services. */
  settings(services: readonly PrivateService[]): object {
    return {
      connections: services.map(({ name, endpoint }) => ({
        connectionString: this.relay.connectionString(name, 'defaultSender'),
        endpoint,
      })),
    };
  }

  /** Writes a file that only this account can read. @returns its path */
  write(name: string, content: string | object): string {
    const path = join(this.folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
    return path;
  }

  async close(): Promise<void> {
    await this.#manager.stop({ graceMs: 0 });
    await this.relay.close({ graceMs: 0 });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
