/**
 * A relay to be managed, for tests of the admin port: its model is changed as any relay's is, and nobody is connected to
 * it but those whom a test puts there.
 * @module
 */
import { EventEmitter } from 'node:events';
import { formatConnectionString } from '@hybridge/sas';
import { AdminServer, type AdminServerOptions } from '../src/admin/admin-server.js';
import { applyChange } from '../src/model/apply-change.js';
import type { Change } from '../src/model/change.js';
import type { ManagedRelay } from '../src/model/managed-relay.js';
import { EMPTY_MODEL, type Model } from '../src/model/model.js';
import { placeOf, ruleOf } from '../src/model/names.js';
import type { ListenerStatus, RelayStatus, TunnelStatus } from '../src/relay-status.js';

/** The token of the configuration. */
export const OWNER = 'the-token-of-the-configuration';

/** One hybrid connection's live part. */
export interface Here {
  readonly listeners?: readonly Partial<ListenerStatus>[];
  readonly tunnels?: readonly Partial<TunnelStatus>[];
}

/** See the module. */
export class FakeRelay implements ManagedRelay {
  model: Model = EMPTY_MODEL;
  readonly events = new EventEmitter() as ManagedRelay['events'];
  readonly changes: Change[] = [];
  /** By `namespace/hybridConnection`. */
  readonly here = new Map<string, Here>();
  readonly cut: string[] = [];
  /** What the next change fails with. */
  failure: Error | undefined;
  #keys = 0;
  now = () => new Date().toISOString();

  async change(change: Change): Promise<Model> {
    if (this.failure !== undefined) throw this.failure;
    this.model = applyChange(this.model, change, {
      now: this.now(),
      newKey: () => Buffer.from(`key number ${++this.#keys}`.padEnd(32)).toString('base64'),
    });
    this.changes.push(change);
    return this.model;
  }

  status(): RelayStatus {
    return {
      url: 'ws://127.0.0.1:8080',
      startedAt: new Date('2026-01-01T00:00:00Z'),
      uptimeMs: 1_000,
      memory: process.memoryUsage(),
      descriptors: undefined,
      namespaces: this.model.namespaces.map(({ name, hosts, hybridConnections }) => ({
        ...{ name, hosts, pending: 0, connections: 0, requests: 0 },
        hybridConnections: hybridConnections.map((each) => {
          const { listeners = [], tunnels = [] } = this.here.get(`${name}/${each.name}`) ?? {};
          return {
            name: each.name,
            endpoint: each.endpoint,
            requiresClientAuthorization: each.requiresClientAuthorization,
            listeners: listeners as readonly ListenerStatus[],
            tunnels: tunnels as readonly TunnelStatus[],
          };
        }),
      })),
    };
  }

  connectionStringOf: ManagedRelay['connectionStringOf'] = (place, policy, key) => {
    const { namespace, hybridConnection } = placeOf(this.model, place);
    const rule = ruleOf(hybridConnection ?? namespace, policy);
    return formatConnectionString({
      endpoint: new URL(`sb://${namespace.name}/`),
      sharedAccessKeyName: rule.name,
      sharedAccessKey: key === 'primary' ? rule.primaryKey : rule.secondaryKey,
      ...(hybridConnection && { entityPath: hybridConnection.name }),
    });
  };

  cutTunnel(id: string): boolean {
    if (id !== 'tunnel-1') return false;
    this.cut.push(id);
    return true;
  }
}

/** An admin port, and how to ask it. */
export interface TestAdmin extends AsyncDisposable {
  readonly relay: FakeRelay;
  readonly url: string;
  readonly port: number;
  /** Asks with the owner's token, unless the header says otherwise; an object is sent as JSON. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer>;
}

/** An answer, read. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  readonly body: any;
}

/** Starts one. */
export async function startAdmin(options: Partial<AdminServerOptions> = {}): Promise<TestAdmin> {
  const relay = (options.relay as FakeRelay | undefined) ?? new FakeRelay();
  const server = new AdminServer({
    host: '127.0.0.1',
    port: 0,
    token: OWNER,
    relay,
    health: () => 'ok',
    ...options,
  });
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  return {
    relay,
    url,
    port,
    ask: async (method, path, body, headers = {}) => {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${OWNER}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: isJson ? JSON.parse(text) : undefined,
      };
    },
    [Symbol.asyncDispose]: async () => server.close(),
  };
}
