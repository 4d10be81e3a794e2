/**
 * The command as a process of its own, the way a person or a service manager runs it. Needs what the build made.
 * @module
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const COMMAND = fileURLToPath(new URL('../bin/hybridge.js', import.meta.url));

/** A manager that is told of no place of its own is not to be where the machine has its manager. */
function ownSocket(args: readonly string[]): NodeJS.ProcessEnv {
  const [command, verb = '--'] = args;
  const isManager = command === 'manager' && (verb === 'run' || verb.startsWith('-'));
  if (!isManager || args.includes('--socket') || args.includes('--data-dir')) return {};
  return { HYBRIDGE_MANAGER_SOCKET: join(temporaryFolder(), 'manager.sock') };
}

/** A command that ran to its end. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that may still be running. It is killed at the end of the test. */
export class HybridgeProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Resolves when the process is gone and its output is complete. */
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HYBRIDGE_CONNECTION_STRING: '', ...ownSocket(args), ...env },
    });
    this.child = child;
    child.stdout.on('data', (data) => {
      this.stdout += data;
    });
    child.stderr.on('data', (data) => {
      this.stderr += data;
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr }));
    });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await this.ended;
    });
  }

  /** Waits for the ready line. @returns what stands on it. */
  async ready(): Promise<Record<string, never>> {
    const [, json] = await this.line('stdout', /^\w+ ready (\{.*\})$/m);
    return JSON.parse(json!);
  }

  /** Waits until the output matches. */
  async line(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null = null;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        found = pattern.exec(this[stream]);
        if (found !== null) resolve();
      };
      this.child[stream].on('data', look);
      look();
      void this.ended.then(({ code, stderr }) => reject(new Error(`it ended with ${code}: ${stderr}`)));
    });
    return found!;
  }

  /** Sends a signal and waits for the end. */
  async signal(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** Runs a command to its end. */
export function hybridge(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> {
  return new HybridgeProcess(args, env).ended;
}

/** A folder for the test, gone after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file that only its owner can read. @returns its path. */
export function privateFile(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/**
 * A relay with one hybrid connection, `sql`, and the connection strings of both sides in files.
 * @param more - of the relay's options
 */
export async function relayWithSql(...more: readonly string[]): Promise<{
  readonly relay: HybridgeProcess;
  readonly folder: string;
  readonly listen: string;
  readonly send: string;
}> {
  const folder = temporaryFolder();
  const dataDir = join(folder, 'data');
  const served = ['--data-dir', dataDir, '--hybrid-connection', 'sql'];
  const relay = new HybridgeProcess(['relay', ...served, '--port', '0', '--admin-port', '0', ...more]);
  const { url } = await relay.ready();
  const port = new URL(url!).port;
  const connectionString = async (rule: string) => {
    const { stdout } = await hybridge([
      'connection-string',
      'sql',
      ...served,
      '--port',
      port,
      '--rule',
      rule,
    ]);
    return privateFile(folder, `${rule}.txt`, stdout);
  };
  const [listen, send] = await Promise.all(['defaultListener', 'defaultSender'].map(connectionString));
  return { relay, folder, listen: `file:${listen}`, send: `file:${send}` };
}
