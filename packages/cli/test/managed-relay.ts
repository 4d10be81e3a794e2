/**
 * A real relay in this process, and the command that manages it, run with surroundings of its own.
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HybridConnectionManager, managerConfig } from '@hybridge/manager';
import { type RelayOptions, RelayServer } from '@hybridge/relay';
import { HybridConnectionSender } from '@hybridge/sender';
import { onTestFinished } from 'vitest';
import { run } from '../src/program.js';
import type { Surroundings } from '../src/surroundings.js';

/** What a command came to. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a test stands in for a terminal. */
export interface Terminal {
  readonly env?: Readonly<Record<string, string>>;
  /** What the person there answers; absent: there is nobody. */
  readonly answer?: string;
  /** Resolves when Ctrl-C is pressed. */
  readonly interrupted?: Promise<NodeJS.Signals>;
  /** Sees standard output as it comes. */
  readonly onOutput?: (all: string) => void;
}

/** Runs one command line. */
export async function runHybridge(
  args: readonly string[],
  { env = {}, answer, interrupted, onOutput }: Terminal = {},
): Promise<Outcome & { readonly asked: readonly string[] }> {
  const said = { stdout: '', stderr: '' };
  const asked: string[] = [];
  const never = new Promise<never>(() => {});
  const surroundings: Surroundings = {
    stdout: {
      write: (text) => {
        said.stdout += text;
        onOutput?.(said.stdout);
      },
    },
    stderr: { write: (text) => (said.stderr += text) },
    env,
    interrupts: () => ({ first: interrupted ?? never, second: never }),
    ...(answer !== undefined && {
      ask: async (question) => {
        asked.push(question);
        return answer;
      },
    }),
  };
  const code = await run(args, surroundings);
  return { code, ...said, asked };
}

/** A relay that can be managed. */
export class ManagedRelayForTest {
  readonly relay: RelayServer;
  readonly dataDir: string;
  /** Address of the admin port. */
  readonly admin: string;
  readonly token: string;

  constructor(relay: RelayServer, dataDir: string, admin: string) {
    this.relay = relay;
    this.dataDir = dataDir;
    this.admin = admin;
    this.token = readFileSync(join(dataDir, 'admin.token'), 'utf8').trim();
  }

  /** Runs a command as its owner. */
  hybridge(args: readonly string[], terminal: Terminal = {}) {
    const env = { HYBRIDGE_ADMIN_URL: this.admin, HYBRIDGE_ADMIN_TOKEN: this.token, ...terminal.env };
    return runHybridge(args, { ...terminal, env });
  }

  /** Runs one that has to be done, and reads the JSON that it prints. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  async json(...args: readonly string[]): Promise<any> {
    const { code, stdout, stderr } = await this.hybridge([...args, '--json']);
    if (code !== 0) throw new Error(`hybridge ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** Runs one that has to be done, and gives what it prints for people. */
  async text(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.hybridge(args);
    if (code !== 0) throw new Error(`hybridge ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Somebody listens at a hybrid connection, with an echo behind it. */
  async listen(name: string): Promise<void> {
    const target = createTcpServer((socket) => socket.pipe(socket).on('error', () => {}));
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const { port } = target.address() as AddressInfo;
    const connectionString = this.relay.connectionString(name, 'defaultListener');
    const connections = [{ connectionString, endpoint: `127.0.0.1:${port}` }];
    const manager = new HybridConnectionManager(managerConfig({ connections }, { env: {} }));
    manager.start();
    await manager.settled({ timeoutMs: 10_000 });
    onTestFinished(async () => {
      await manager.stop({ graceMs: 0 });
      target.close();
    });
  }

  /** Opens a tunnel. */
  async open(name: string) {
    const sender = new HybridConnectionSender(this.relay.connectionString(name, 'defaultSender'));
    const socket = sender.connect();
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    onTestFinished(() => {
      socket.destroy();
      sender.close();
    });
    return socket;
  }
}

/** Starts one, with a namespace `localhost`. */
export async function managedRelay(options: RelayOptions = {}): Promise<ManagedRelayForTest> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hybridge-cli-'));
  const relay = new RelayServer({
    dataDir,
    listen: { port: 0 },
    admin: { port: 0 },
    timeouts: { drainMs: 0 },
    ...options,
  });
  const { admin } = await relay.listen();
  onTestFinished(async () => {
    await relay.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return new ManagedRelayForTest(relay, dataDir, admin!);
}

/** Something that is no relay, with one answer to everything. */
export async function stranger(status: number, text: string, headers: Record<string, string> = {}) {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address at which nobody listens. */
export async function nobody(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
