/**
 * What the page asks of a manager, a function a question. The shapes are those of its control API.
 * @module
 */
import type { ApiClient, ListPage } from '@hybridge/ui';
import type {
  AddConnection,
  AuditPage,
  AuditRecord,
  Connection,
  Login,
  LoginRequest,
  LoginSummary,
  ManagerStatus,
  TestEvent,
} from '../../../src/service/api.js';

/** Talks to one manager. */
export class ManagerApi {
  readonly client: ApiClient;

  constructor(client: ApiClient) {
    this.client = client;
  }

  status(): Promise<ManagerStatus> {
    return this.client.get('api/status');
  }

  add(connection: AddConnection): Promise<Connection> {
    return this.client.send('POST', 'api/connections', { body: connection });
  }

  remove(id: string): Promise<void> {
    return this.client.send('DELETE', connectionPath(id));
  }

  restart(id: string): Promise<void> {
    return this.client.send('POST', `${connectionPath(id)}/restart`);
  }

  /** Walks the way through a hybrid connection. */
  testConnection(id: string, signal: AbortSignal): AsyncGenerator<TestEvent, void> {
    return this.#test(`${connectionPath(id)}/test`, signal);
  }

  /** Walks the way to a target, from the manager's machine. @param target - `host:port` */
  testTarget(target: string, signal: AbortSignal): AsyncGenerator<TestEvent, void> {
    return this.#test('api/test', signal, { target });
  }

  /** @param connection - id of the only one that is asked for; empty for everything */
  async audit(connection: string, before: string | undefined): Promise<ListPage<AuditRecord>> {
    const { value, next } = await this.client.get<AuditPage>('api/audit', { limit: 50, connection, before });
    return { records: value, next };
  }

  logins(): Promise<{ readonly value: readonly LoginSummary[] }> {
    return this.client.get('api/login');
  }

  signIn(login: LoginRequest): Promise<Login> {
    return this.client.send('POST', 'api/login', { body: login });
  }

  login(id: string): Promise<Login> {
    return this.client.get(`api/login/${encodeURIComponent(id)}`);
  }

  signOut(id: string): Promise<void> {
    return this.client.send('DELETE', `api/login/${encodeURIComponent(id)}`);
  }

  async *#test(path: string, signal: AbortSignal, body?: unknown): AsyncGenerator<TestEvent, void> {
    const events = this.client.events(path, signal, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
    });
    for await (const { event, data } of events) yield { event, data: JSON.parse(data) } as TestEvent;
  }
}

function connectionPath(id: string): string {
  return `api/connections/${encodeURIComponent(id)}`;
}
