/**
 * A manager with both its fronts, and a configuration file. It is not started: nothing is dialled.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadManagerConfig } from '../src/config/config-file.js';
import { HybridConnectionManager } from '../src/manager.js';
import { ConfigStore } from '../src/service/config-store.js';
import { LogRing } from '../src/service/log-ring.js';
import { ManagerService } from '../src/service/manager-service.js';
import type { ServicePorts } from '../src/service/ports.js';

/** No answer may have it. */
export const KEY = Buffer.from('the key of the test').toString('base64');

/** A connection string that may listen. */
export function listenString(name: string, relay = 'relay.example.net'): string {
  return `Endpoint=sb://${relay}/;SharedAccessKeyName=listen;SharedAccessKey=${KEY};EntityPath=${name}`;
}

/** An answer, read. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  readonly body: any;
}

/** What a test may choose. */
export interface ServedOptions {
  /** Of the configuration file; `undefined` for none yet. */
  readonly text?: string | undefined;
  readonly ports?: ServicePorts;
  /** Of the administrator. */
  readonly policy?: string;
  /** The configuration stands on a command line. */
  readonly hasNoFile?: boolean;
}

/** Starts one. */
export async function served({ text = '', ports = {}, policy, hasNoFile }: ServedOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-served-'));
  const path = join(folder, 'manager.yaml');
  writeFileSync(path, text, { mode: 0o600 });
  const policyPath = join(folder, 'policy.yaml');
  if (policy !== undefined) writeFileSync(policyPath, policy);
  const load = () => loadManagerConfig(path, { env: { LISTEN: listenString('by-env') }, mayBeEmpty: true });
  const manager = new HybridConnectionManager(load(), {
    policyFile: { paths: [policyPath], owner: process.getuid?.() ?? 0 },
  });
  const log = new LogRing();
  const changes: string[] = [];
  const store = new ConfigStore({
    path,
    env: { LISTEN: listenString('by-env') },
    judge: ({ namespace, target }) => manager.denial({ namespace, ...(target && { target }) }),
    reload: (by) => {
      manager.apply(load(), { by });
      changes.push(by);
      return undefined;
    },
  });
  const pages = join(folder, 'pages');
  const service = new ManagerService({
    ...{ manager, log, ports, pages, version: '1.2.3' },
    ...(!hasNoFile && { store }),
  });
  const socket = join(folder, 'm.sock');
  await service.listen(socket);
  await service.serveUi({ port: 0 });
  const address = manager.policy.ui ? new URL(service.uiAddress()) : undefined;
  const port = Number(address?.port ?? 0);
  const token = address?.hash.replace('#token=', '') ?? '';
  const ask = (place: object, method: string, target: string, body: unknown, headers: object) =>
    new Promise<Answered>((resolve, reject) => {
      const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const asked = request({
        ...{ ...place, method, path: target, agent: false },
        headers: {
          ...(content !== undefined && { 'Content-Type': 'application/json' }),
          ...(content !== undefined && { 'Content-Length': Buffer.byteLength(content) }),
          ...headers,
        },
      });
      asked.once('error', reject);
      asked.once('response', async (response) => {
        let answer = '';
        for await (const more of response) answer += more;
        const isJson = response.headers['content-type']?.includes('json') ?? false;
        const { statusCode: status = 0, headers: told } = response;
        resolve({
          status,
          headers: told,
          text: answer,
          body: isJson && answer !== '' ? JSON.parse(answer) : undefined,
        });
      });
      asked.end(content);
    });
  return {
    ...{ folder, path, pages, manager, service, store, log, changes, socket, port, token },
    /** Asks by the control socket. */
    command: (method: string, target: string, body?: unknown, headers = {}) =>
      ask({ socketPath: socket }, method, target, body, headers),
    /** Asks by the loopback port, with the token. */
    browser: (method: string, target: string, body?: unknown, headers: object = {}) =>
      ask({ host: '127.0.0.1', port }, method, target, body, {
        Authorization: `Bearer ${token}`,
        ...headers,
      }),
    /** Writes bytes to the loopback port, and reads until the connection ends or the first answer is complete. */
    raw: (...pieces: (string | Buffer)[]) => raw(port, pieces),
    [Symbol.asyncDispose]: async () => {
      service.close();
      await manager.stop({ graceMs: 0 });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One that was started. */
export type Served = Awaited<ReturnType<typeof served>>;

function raw(port: number, pieces: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (/\r\n\r\n[\s\S]*\n$/.test(text)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(text));
    for (const piece of pieces) socket.write(piece);
  });
}
