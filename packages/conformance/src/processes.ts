/**
 * The relay, the manager and the forwarder as processes of their own, started by the command as a person would.
 *
 * They need what `npm run build` made. Each is waited for by its `ready` line (docs/architecture.md) and ended by
 * its process id.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatConnectionString, generateKey } from '@hybridge/sas';
import { within } from './deadline.js';
import { endWithThisProcess, TETHER } from './leftovers.js';
import { freePort } from './services/server-process.js';

const COMMAND = fileURLToPath(new URL('../../cli/bin/hybridge.js', import.meta.url));
const READY_TIMEOUT_MS = 60_000;
const EXIT_TIMEOUT_MS = 30_000;

/** A name that nobody may own. Source: RFC 6761, section 6.4. */
export const UNKNOWN_HOST = 'nobody.invalid';

/** One subcommand of `hybridge`, running. */
export class HybridgeProcess {
  /** What stood on the `ready` line. */
  readonly ready: Readonly<Record<string, unknown>>;
  readonly #child: ChildProcess;
  readonly #lines: readonly string[];
  readonly #exited: Promise<unknown>;

  /** Starts the command and waits for its `ready` line. @throws Error with its output when there is none. */
  static async start(
    command: 'relay' | 'manager' | 'forward' | 'up',
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<HybridgeProcess> {
    // A manager that is told of no place of its own is not to be where the machine has its manager.
    const isPlaced = command !== 'manager' || args.includes('--socket') || args.includes('--data-dir');
    const folder = isPlaced ? undefined : mkdtempSync(join(tmpdir(), 'hybridge-manager-'));
    const child = spawn(process.execPath, [...TETHER, COMMAND, command, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...(folder !== undefined && { HYBRIDGE_MANAGER_SOCKET: join(folder, 'manager.sock') }),
        ...environment,
      },
    });
    endWithThisProcess(child);
    if (folder !== undefined) child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const lines: string[] = [];
    const ready = new Promise<Record<string, unknown>>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        lines.push(line);
        const json = new RegExp(`^${command} ready (\\{.*\\})$`).exec(line)?.[1];
        if (json !== undefined) resolve(JSON.parse(json));
      });
      createInterface({ input: child.stderr! }).on('line', (line) => lines.push(line));
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        setImmediate(() =>
          reject(new Error(`hybridge ${command} ended (${code ?? signal})\n${lines.join('\n')}`)),
        );
      });
    });
    try {
      const facts = await within(ready, READY_TIMEOUT_MS, `hybridge ${command} to be ready`);
      return new HybridgeProcess(child, facts, lines);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  private constructor(child: ChildProcess, ready: Record<string, unknown>, lines: readonly string[]) {
    this.#child = child;
    this.#lines = lines;
    this.ready = ready;
    this.#exited =
      child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Everything it has printed so far. */
  get output(): string {
    return this.#lines.join('\n');
  }

  /** Sends a signal and waits for the end. @returns the exit code, or null when the signal ended it. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    try {
      await within(
        this.#exited,
        EXIT_TIMEOUT_MS,
        `process ${this.pid} to end after ${signal}\n${this.output}`,
      );
    } finally {
      this.#child.kill('SIGKILL');
    }
    return this.#child.exitCode;
  }
}

/** The hybrid connections of {@link ThreeProcesses}: what their managers' targets are like. */
export type HybridConnectionName = 'db' | 'refusing' | 'unknown';

/** Where the three processes meet, and how to end and restart each. */
export class ThreeProcesses {
  /** For senders, by hybrid connection: the target, one that refuses, one whose name does not resolve. */
  readonly connectionStrings: Readonly<Record<HybridConnectionName, string>>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'hybridge-three-'));
  readonly #relayConfig: string;
  readonly #managerConfig: string;
  readonly #forwardArgs: readonly string[];
  #relay!: HybridgeProcess;
  #manager!: HybridgeProcess;
  #forward!: HybridgeProcess;

  /** Starts a relay, a manager in front of the target, and a forwarder, to which more arguments can be given. */
  static async start(target: Target, forwardArgs: readonly string[] = []): Promise<ThreeProcesses> {
    const three = new ThreeProcesses(await freePort(), await freePort(), target, forwardArgs);
    try {
      await three.startRelay();
      await three.startManager();
      await three.startForward();
    } catch (error) {
      await three.stop();
      throw error;
    }
    return three;
  }

  private constructor(relayPort: number, closedPort: number, target: Target, forwardArgs: readonly string[]) {
    this.#forwardArgs = forwardArgs;
    const listen = rule('defaultListener', 'Listen');
    const send = rule('defaultSender', 'Send');
    const endpoint = new URL(`ws://127.0.0.1:${relayPort}/`);
    const connectionStrings = ({ name, primaryKey }: typeof listen) => {
      const of = (entityPath: HybridConnectionName) =>
        formatConnectionString({
          ...{ endpoint, entityPath },
          ...{ sharedAccessKeyName: name, sharedAccessKey: primaryKey },
        });
      return { db: of('db'), refusing: of('refusing'), unknown: of('unknown') };
    };
    this.connectionStrings = connectionStrings(send);
    const listeners = connectionStrings(listen);
    const connections = [
      { connectionString: listeners.db, endpoint: `${target.host}:${target.port}` },
      { connectionString: listeners.refusing, endpoint: `127.0.0.1:${closedPort}` },
      { connectionString: listeners.unknown, endpoint: `${UNKNOWN_HOST}:5432` },
    ];
    this.#relayConfig = this.#write('relay.json', {
      dataDir: this.dataDir,
      listen: { host: '127.0.0.1', port: relayPort },
      // Test files run side by side: only one of their relays could have the default port.
      admin: { port: 0 },
      namespaces: [
        {
          name: '127.0.0.1',
          authorizationRules: [listen, send],
          hybridConnections: [{ name: 'db' }, { name: 'refusing' }, { name: 'unknown' }],
        },
      ],
    });
    this.#managerConfig = this.#write('manager.json', { connections });
  }

  /** Where the relay keeps what it writes. */
  get dataDir(): string {
    return join(this.#folder, 'data');
  }

  get relay(): HybridgeProcess {
    return this.#relay;
  }
  get manager(): HybridgeProcess {
    return this.#manager;
  }
  get forward(): HybridgeProcess {
    return this.#forward;
  }
  /** Every process, by name, for figures. */
  get all(): Readonly<Record<'relay' | 'manager' | 'forward', HybridgeProcess>> {
    return { relay: this.#relay, manager: this.#manager, forward: this.#forward };
  }

  /** The local port that leads to the target. */
  get port(): number {
    return Number(String(this.#forward.ready.listen).split(':').at(-1));
  }

  async startRelay(): Promise<void> {
    this.#relay = await HybridgeProcess.start('relay', ['--config', this.#relayConfig]);
  }

  async startManager(): Promise<void> {
    this.#manager = await HybridgeProcess.start('manager', ['--config', this.#managerConfig]);
  }

  async startForward(): Promise<void> {
    const environment = { HYBRIDGE_CONNECTION_STRING: this.connectionStrings.db };
    const args = ['--listen', '127.0.0.1:0', ...this.#forwardArgs];
    this.#forward = await HybridgeProcess.start('forward', args, environment);
  }

  async stop(): Promise<void> {
    for (const started of [this.#forward, this.#manager, this.#relay]) {
      await started?.end('SIGKILL');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(name: string, config: object): string {
    const path = join(this.#folder, name);
    writeFileSync(path, JSON.stringify(config, undefined, 2), { mode: 0o600 });
    return path;
  }
}

/** The TCP service behind the manager. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

function rule(name: string, right: string) {
  return { name, rights: [right], primaryKey: generateKey() };
}

/** Whether the command was built; the tests that start it say so otherwise. */
export function requireBuild(): void {
  const built = fileURLToPath(new URL('../../cli/dist/main.js', import.meta.url));
  if (!existsSync(built)) throw new Error('hybridge is not built yet. Run:  npm run build');
}
