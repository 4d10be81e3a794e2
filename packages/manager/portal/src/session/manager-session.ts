/**
 * What the page knows of a manager: how everything is, and what was logged.
 *
 * One stream of events keeps it true: each status is the whole one, so nothing has to be read anew after the stream was gone.
 * @module
 */
import {
  ApiClient,
  createContext,
  LiveStream,
  linkTo,
  Observable,
  useContext,
  useObservable,
} from '@hybridge/ui';
import type { Connection, LogEntry, ManagerStatus } from '../../../src/service/api.js';
import { ManagerApi } from '../api/manager-api.js';
import { KEPT_ENTRIES, withEntry } from './log-lines.js';

/** A page's conversation with a manager. */
export class ManagerSession {
  readonly api: ManagerApi;
  readonly status: Observable<ManagerStatus>;
  readonly log = new Observable<readonly LogEntry[]>([]);
  readonly live: LiveStream;

  private constructor(api: ManagerApi, status: ManagerStatus) {
    this.api = api;
    this.status = new Observable(status);
    this.live = new LiveStream({
      client: api.client,
      path: `api/events?backlog=${KEPT_ENTRIES}`,
      onEvent: (event, data) => this.#take(event, data),
    });
  }

  /** Begins it. @param onEnd - told when the manager no longer takes the token @throws ApiError */
  static async open(base: URL, token: string, onEnd: () => void): Promise<ManagerSession> {
    let session: ManagerSession | undefined;
    const api = new ManagerApi(new ApiClient({ base, token, onUnauthorized: () => session && onEnd() }));
    session = new ManagerSession(api, await api.status());
    session.live.start();
    return session;
  }

  /** Ends it. */
  close(): void {
    this.live.close();
  }

  /** Reads the status now, rather than when the stream tells it: after a change of the page's own. */
  async reload(): Promise<void> {
    this.status.set(await this.api.status());
  }

  #take(event: string, data: unknown): void {
    if (event === 'status') this.status.set(data as ManagerStatus);
    if (event === 'log') this.log.set(withEntry(this.log.value, data as LogEntry));
  }
}

/** The session of the page. */
export const SessionContext = createContext<ManagerSession | undefined>(undefined);

/** The session, for components that are only drawn while there is one. */
export function useSession(): ManagerSession {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('there is no session');
  return session;
}

/** How everything is now. */
export function useStatus(): ManagerStatus {
  return useObservable(useSession().status);
}

/** The address of a hybrid connection's page. @param part - absent for the first one */
export function connectionLink({ id }: Pick<Connection, 'id'>, part?: string): string {
  return linkTo(['connections', id, ...(part === undefined ? [] : [part])]);
}
